//! `call: http`: a request written out in the workflow.

use super::Diagnostic;
use super::nearest::did_you_mean;
use super::reader::{Reader, Scope};
use super::tree::Node;
use crate::expression::Template;
use crate::workflow::{Call, Inline, Target};
use baton_shared::ServiceName;
use baton_shared::catalogue::{DEFAULT_TIMEOUT, METHODS};
use baton_shared::request::Take;

const KEYS: [&str; 7] = [
    "method", "endpoint", "headers", "body", "query", "output", "redirect",
];

impl Reader<'_> {
    pub(super) fn inline(&mut self, with: &Node, scope: &Scope) -> Option<Call> {
        if !self.keys(with, "`with` of `call: http`", &KEYS) {
            return None;
        }
        for name in ["method", "endpoint"] {
            if with.member(name).is_none() {
                self.missing(with.at, "`with` of `call: http`", name);
            }
        }
        let method = self.method(with);
        let endpoint = with
            .member("endpoint")
            .and_then(|node| self.endpoint(node, scope));
        let headers = self.pairs(with, "headers", scope);
        let query = self.pairs(with, "query", scope);
        let body = with
            .member("body")
            .map(|node| self.template(node, scope, false));
        let take = self.take(with);
        let redirect = self.bool_member(with, "redirect").unwrap_or(false);
        let method = method?;
        let read_only = matches!(method.as_str(), "GET" | "HEAD");
        let inline = Inline {
            method,
            endpoint: endpoint?,
            headers: headers.ok()?,
            query: query.ok()?,
            body: match body {
                Some(body) => Some(body?),
                None => None,
            },
            take,
            redirect,
        };
        Some(Call {
            arguments: None,
            service: ServiceName::http(),
            operation: None,
            target: Target::Inline(inline),
            timeout: DEFAULT_TIMEOUT,
            retry: None,
            rejections_final: false,
            nothing_to_undo: None,
            read_only,
            input_schema: None,
        })
    }

    fn method(&mut self, with: &Node) -> Option<String> {
        let method = self.text_member(with, "method")?;
        let upper = method.to_ascii_uppercase();
        if METHODS.contains(&upper.as_str()) {
            return Some(upper);
        }
        let at = with.member("method").map_or(with.at, |node| node.at);
        let message = format!(
            "`{method}` is no method that Baton sends: {}",
            METHODS.join(", ")
        );
        let help = did_you_mean(method, METHODS);
        self.refuse(Diagnostic::error(at, "wrong-value", message).maybe_help(help));
        None
    }

    fn endpoint(&mut self, node: &Node, scope: &Scope) -> Option<Template> {
        if node.text().is_some() {
            return self.uri(node, scope);
        }
        if !self.keys(node, "`endpoint`", &["uri", "authentication"]) {
            return None;
        }
        if let Some(authentication) = node.member("authentication") {
            let message = "`authentication` in a workflow is not built yet";
            let help = "describe the service in the service catalogue with its `auth`, and call `service.operation`";
            self.refuse(Diagnostic::error(authentication.at, "not-built", message).help(help));
            self.secrets_in(authentication);
        }
        match node.member("uri") {
            Some(uri) => self.uri(uri, scope),
            None => {
                self.missing(node.at, "`endpoint`", "uri");
                None
            }
        }
    }

    /// Secrets that an authentication names must be listed.
    fn secrets_in(&mut self, authentication: &Node) {
        for (_, scheme) in authentication.map().unwrap_or_default() {
            if let Some(named) = scheme.member("use")
                && let Some(name) = named.text()
                && !self.uses.secrets.contains(name)
            {
                self.unknown_use(named, "secret", name);
            }
        }
    }

    fn uri(&mut self, node: &Node, scope: &Scope) -> Option<Template> {
        let Some(text) = node.text() else {
            self.mismatch(node, "endpoint", "a URL or an expression");
            return None;
        };
        let plain = !text.contains("${");
        if plain && !text.starts_with("http://") && !text.starts_with("https://") {
            let message = format!("`{text}` is no URL that Baton can call");
            let help = "begin it with http:// or https://";
            self.refuse(Diagnostic::error(node.at, "endpoint", message).help(help));
            return None;
        }
        self.template(node, scope, false)
    }

    /// `headers` and `query`: a map, or an expression that gives one.
    fn pairs(&mut self, with: &Node, name: &str, scope: &Scope) -> Result<Option<Template>, ()> {
        let Some(node) = with.member(name) else {
            return Ok(None);
        };
        let expression = node
            .text()
            .is_some_and(|text| text.trim_start().starts_with("${"));
        if node.map().is_none() && !expression {
            self.mismatch(node, name, "a map or an expression `${ }`");
            return Err(());
        }
        self.template(node, scope, false).map(Some).ok_or(())
    }

    fn take(&mut self, with: &Node) -> Take {
        let Some(node) = with.member("output") else {
            return Take::Content;
        };
        match node.text() {
            Some("content") => Take::Content,
            Some("raw") => Take::Raw,
            Some("response") => Take::Response,
            _ => {
                self.error(
                    node.at,
                    "wrong-value",
                    "`output` must be `content`, `raw` or `response`",
                );
                Take::Content
            }
        }
    }
}
