//! Calls: of a function, of plain HTTP, or of an operation of the service catalogue.

use super::Diagnostic;
use super::nearest::nearest;
use super::reader::{Reader, Scope, User};
use super::schema;
use super::task::Draft;
use super::tree::{Key, Node};
use crate::expression::Template;
use crate::workflow::{Arguments, Call, Schema, Target, Time};
use baton_shared::catalogue::{Catalogue, Found};
use serde_json::Value;
use std::sync::Arc;

/// Protocols of the language that are not here.
const OTHER_PROTOCOLS: [&str; 5] = ["openapi", "grpc", "asyncapi", "a2a", "mcp"];
const FUNCTION_KEYS: [&str; 6] = ["call", "with", "input", "timeout", "retry", "metadata"];

/// A function of `use.functions`; its expressions see nothing but its arguments.
#[derive(Clone)]
pub(super) struct Function {
    call: Call,
    schema: Option<Arc<Schema>>,
}

impl Reader<'_> {
    pub(super) fn call(&mut self, draft: &Draft<'_>, node: &Node, scope: &Scope) -> Option<Call> {
        let Some(name) = node.text() else {
            self.mismatch(node, "call", "`http`, a function or a `service.operation`");
            return None;
        };
        self.callee(node, name, draft.node.member("with"), scope)
    }

    /// The call of what `name` names, with the arguments `with`.
    pub(super) fn callee(
        &mut self,
        node: &Node,
        name: &str,
        with: Option<&Node>,
        scope: &Scope,
    ) -> Option<Call> {
        if let Some(function) = self.uses.functions.get(name).cloned() {
            let with = self.arguments(with, scope);
            let Function { call, schema } = function?;
            return Some(Call {
                arguments: Some(Arguments {
                    with: with.ok()?,
                    schema,
                }),
                ..call
            });
        }
        self.outside(node, name, with, scope)
    }

    /// A call that leaves the workflow.
    fn outside(
        &mut self,
        node: &Node,
        name: &str,
        with: Option<&Node>,
        scope: &Scope,
    ) -> Option<Call> {
        if name == "http" {
            let Some(with) = with else {
                self.missing(node.at, "`call: http`", "with");
                return None;
            };
            return self.inline(with, scope);
        }
        if OTHER_PROTOCOLS.contains(&name) {
            let message = format!(
                "`call: {name}` is not built yet; Baton calls `http`, functions of `use.functions` and operations of the service catalogue"
            );
            self.error(node.at, "not-built", message);
            return None;
        }
        if name.contains("://") || name.contains('@') {
            let message = "functions from a URL or a catalog are not built yet";
            let help = "write the function in `use.functions`, or describe the service in the service catalogue";
            self.refuse(Diagnostic::error(node.at, "not-built", message).help(help));
            return None;
        }
        let catalogue = self.catalogue;
        let with = self.arguments(with, scope);
        let Some((service, found)) = catalogue.find(name) else {
            self.unknown_operation(node, name);
            return None;
        };
        let with = with.ok()?;
        let input_schema = self.operation_schema(node, name, &found);
        self.check_arguments(node, name, with.as_ref(), &found, input_schema.as_ref());
        let operation = found.operation;
        Some(Call {
            arguments: None,
            service,
            operation: name
                .split_once('.')
                .map(|(_, operation)| operation.to_owned()),
            target: Target::Operation {
                method: operation.method.clone(),
                path: operation.path.clone(),
                with,
            },
            timeout: found.timeout(),
            retry: found.retry(),
            rejections_final: found.rejections_are_final(),
            nothing_to_undo: found.nothing_to_undo(),
            read_only: operation.is_read_only(),
            input_schema,
        })
    }

    /// `with` of a function or an operation: a map, or an expression that gives one.
    fn arguments(&mut self, with: Option<&Node>, scope: &Scope) -> Result<Option<Template>, ()> {
        let Some(with) = with else { return Ok(None) };
        let expression = with
            .text()
            .is_some_and(|text| text.trim_start().starts_with("${"));
        if with.map().is_none() && !expression {
            self.mismatch(with, "with", "a map or an expression `${ }`");
            return Err(());
        }
        self.template(with, scope, false).map(Some).ok_or(())
    }

    fn operation_schema(
        &mut self,
        node: &Node,
        name: &str,
        found: &Found<'_>,
    ) -> Option<Arc<Schema>> {
        if let Some(known) = self.operation_schemas.get(name) {
            return known.clone();
        }
        let compiled = match found.operation.input.as_ref().map(schema::compile) {
            None => None,
            Some(Ok(schema)) => Some(schema),
            Some(Err(error)) => {
                let message = format!(
                    "the input schema of `{name}` in the service catalogue is no JSON Schema: {error}"
                );
                self.error(node.at, "schema", message);
                None
            }
        };
        self.operation_schemas
            .insert(name.to_owned(), compiled.clone());
        compiled
    }

    /// What can be told of arguments before they are computed.
    fn check_arguments(
        &mut self,
        node: &Node,
        name: &str,
        with: Option<&Template>,
        found: &Found<'_>,
        schema: Option<&Arc<Schema>>,
    ) {
        let names: Vec<&str> = match with {
            Some(Template::Object(members)) => members.iter().map(|(n, _)| n.as_str()).collect(),
            Some(Template::Literal(Value::Object(members))) => {
                members.keys().map(String::as_str).collect()
            }
            _ => return,
        };
        let required = found
            .operation
            .input
            .as_ref()
            .and_then(|input| input.get("required"));
        let required = required.and_then(Value::as_array).into_iter().flatten();
        let mut wanted: Vec<&str> = path_parameters(&found.operation.path);
        wanted.extend(required.filter_map(Value::as_str));
        wanted.retain(|wanted| !names.contains(wanted));
        wanted.dedup();
        if !wanted.is_empty() {
            let list: Vec<String> = wanted.iter().map(|name| format!("`{name}`")).collect();
            let message = format!("`{name}` needs {} in `with`", list.join(", "));
            self.error(node.at, "missing-argument", message);
        } else if let (Some(Template::Literal(value)), Some(schema)) = (with, schema)
            && let Some(misfit) = schema.misfit(value)
        {
            self.error(
                node.at,
                "argument",
                format!("`{name}` does not take this `with`: {misfit}"),
            );
        }
    }

    fn unknown_operation(&mut self, node: &Node, name: &str) {
        let operations: Vec<String> = self.catalogue.operations().collect();
        let functions = self.uses.functions.keys().map(String::as_str);
        let candidates = operations
            .iter()
            .map(String::as_str)
            .chain(functions)
            .chain(["http"]);
        let near = nearest(name, candidates).map(|right| format!("did you mean `{right}`?"));
        let (message, help) = match name.split_once('.') {
            None => (
                format!("there is no function `{name}` in `use.functions`"),
                None,
            ),
            Some((service, operation)) => match service_operations(self.catalogue, service) {
                Some(known) => {
                    let message = format!("service `{service}` has no operation `{operation}`");
                    (message, Some(format!("it has {}", known.join(", "))))
                }
                None => {
                    let known: Vec<&str> = self
                        .catalogue
                        .services
                        .keys()
                        .map(|name| name.as_str())
                        .collect();
                    let help = if known.is_empty() {
                        "the service catalogue is empty".to_owned()
                    } else {
                        format!("the service catalogue has {}", known.join(", "))
                    };
                    (
                        format!("there is no service `{service}` in the service catalogue"),
                        Some(help),
                    )
                }
            },
        };
        let diagnostic = Diagnostic::error(node.at, "unknown-operation", message);
        self.refuse(diagnostic.maybe_help(near.or(help)));
    }

    /// A function of `use.functions`, called `key`.
    pub(super) fn function(&mut self, node: &Node, key: &Key) -> Option<Function> {
        let owner = format!("function `{}`", key.name);
        if key.name == "http" || OTHER_PROTOCOLS.contains(&key.name.as_str()) {
            let message = format!(
                "`{}` is a word of the language; name the function otherwise",
                key.name
            );
            self.error(key.at, "function-name", message);
        }
        if !self.keys(node, &owner, &FUNCTION_KEYS) {
            return None;
        }
        let Some(callee) = node.member("call") else {
            self.missing(key.at, &owner, "call");
            return None;
        };
        let scope = Scope::base(User::End).without("steps");
        let input = self.shape(node, "input", "from", &scope);
        if let Some(from) = node.member("input").and_then(|input| input.member("from")) {
            let message = "`input.from` of a function is not built yet";
            let help = "shape the input in `with` of the task that calls it";
            self.refuse(Diagnostic::error(from.at, "not-built", message).help(help));
        }
        let timeout = node
            .member("timeout")
            .and_then(|node| self.timeout(node, &scope));
        let retry = node
            .member("retry")
            .and_then(|node| self.task_retry(node, &scope));
        let Some(name) = callee.text() else {
            self.mismatch(callee, "call", "`http` or a `service.operation`");
            return None;
        };
        let mut call = self.outside(callee, name, node.member("with"), &scope)?;
        match timeout {
            Some(Time::Fixed(timeout)) => call.timeout = timeout,
            Some(Time::Computed(_)) => {
                let at = node.member("timeout").map_or(node.at, |timeout| timeout.at);
                self.error(
                    at,
                    "not-built",
                    "a computed timeout of a function is not built yet",
                );
            }
            None => {}
        }
        call.retry = retry.or(call.retry);
        Some(Function {
            call,
            schema: input.schema,
        })
    }
}

fn service_operations(catalogue: &Catalogue, service: &str) -> Option<Vec<String>> {
    let (_, described) = catalogue
        .services
        .iter()
        .find(|(name, _)| name.as_str() == service)?;
    Some(
        described
            .operations
            .keys()
            .map(|operation| format!("`{operation}`"))
            .collect(),
    )
}

/// The names in `/a/{b}/{c}`.
fn path_parameters(path: &str) -> Vec<&str> {
    let parts = path.split('{').skip(1);
    parts
        .filter_map(|part| part.split_once('}').map(|(name, _)| name))
        .collect()
}
