//! JSON Schemas, compiled when the workflow is read.

use super::Diagnostic;
use super::reader::Reader;
use super::tree::{Data, Node};
use crate::workflow::Schema;
use jsonschema::ValidationError;
use serde_json::Value;
use std::sync::Arc;

/// References to other documents are never followed.
struct NoDocuments;

impl jsonschema::Retrieve for NoDocuments {
    fn retrieve(
        &self,
        uri: &jsonschema::Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("`{uri}` stands in another document; write the schema out here").into())
    }
}

/// The compiled schema, or why it is none.
pub(super) fn compile(schema: &Value) -> Result<Arc<Schema>, Box<ValidationError<'static>>> {
    let options = jsonschema::options().with_retriever(NoDocuments);
    match options.build(schema) {
        Ok(validator) => Ok(Arc::new(Schema {
            document: schema.clone(),
            validator,
        })),
        Err(error) => Err(Box::new(error.to_owned())),
    }
}

impl Reader<'_> {
    /// `schema` of `input`, `output` or `export`: `{ format, document }`.
    pub(super) fn schema(&mut self, node: &Node) -> Option<Arc<Schema>> {
        if !self.keys(node, "`schema`", &["format", "document", "resource"]) {
            return None;
        }
        if let Some(resource) = node.member("resource") {
            let message =
                "`schema.resource` is not built yet; Baton reads schemas from `document` alone";
            self.error(resource.at, "not-built", message);
            return None;
        }
        if let Some(format) = self.text_member(node, "format")
            && format.split(':').next() != Some("json")
        {
            let message = format!("schema format `{format}` is not built yet; Baton reads `json`");
            let at = node.member("format").map_or(node.at, |format| format.at);
            self.error(at, "not-built", message);
            return None;
        }
        let Some(document) = node.member("document") else {
            self.missing(node.at, "`schema`", "document");
            return None;
        };
        self.compiled(document)
    }

    fn compiled(&mut self, document: &Node) -> Option<Arc<Schema>> {
        match compile(&document.to_json()) {
            Ok(schema) => Some(schema),
            Err(error) => {
                let pointer = error.instance_path().to_string();
                let at = follow(document, &pointer).at;
                let shown: String = error.to_string().chars().take(200).collect();
                let place = if pointer.is_empty() {
                    String::new()
                } else {
                    format!(" at `{pointer}`")
                };
                let message = format!("this is no JSON Schema{place}: {shown}");
                self.refuse(Diagnostic::error(at, "schema", message));
                None
            }
        }
    }
}

/// The node to which a JSON pointer leads, or the last one on its way.
fn follow<'n>(root: &'n Node, pointer: &str) -> &'n Node {
    let mut node = root;
    for segment in pointer.split('/').skip(1) {
        let name = segment.replace("~1", "/").replace("~0", "~");
        let next = match &node.data {
            Data::Map(_) => node.member(&name),
            Data::List(items) => name
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index)),
            _ => None,
        };
        let Some(next) = next else { break };
        node = next;
    }
    node
}
