//! The resolved request of a step: what every attempt sends, byte for byte.

use serde::{Deserialize, Serialize};

/// Rendered once, at the first attempt, and kept in the journal (semantics S3). The worker adds the
/// base URL, credentials and the headers of Baton's contract, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Request {
    pub method: String,
    /// A path below the service's base URL, or a whole `http(s)://` URL for inline calls.
    pub target: String,
    /// Query pairs, not yet percent-encoded, in the order written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The exact body text; JSON unless `headers` say otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// What of the answer is the output.
    #[serde(default, skip_serializing_if = "Take::is_content")]
    pub take: Take,
    /// Whether redirects are followed (inline calls that ask for it).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redirect: bool,
}

/// What of a response becomes the step's output (`with.output` of the language).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Take {
    /// The body, read as JSON (as text where the type is text).
    #[default]
    Content,
    /// The body as base64.
    Raw,
    /// `{ request, statusCode, headers, content }`.
    Response,
}

impl Take {
    fn is_content(&self) -> bool {
        matches!(self, Self::Content)
    }
}
