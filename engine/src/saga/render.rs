//! The request of a call, resolved once and kept: what every attempt sends, byte for byte.

use super::scope::Env;
use crate::workflow::{Call, Inline, Target};
use baton_shared::{Problem, Request};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The `.` of the target's expressions: a function sees what it is given, not the task's input.
pub(super) fn seen(
    call: &Call,
    env: &Env<'_>,
    dot: &Arc<Value>,
) -> Result<Arc<Value>, Box<Problem>> {
    let Some(arguments) = &call.arguments else {
        return Ok(Arc::clone(dot));
    };
    let given = match &arguments.with {
        Some(with) => Arc::new(env.template(with, dot)?),
        None => Arc::clone(dot),
    };
    env.fits(arguments.schema.as_deref(), &given, "input of the function")?;
    Ok(given)
}

/// What is asked: `with` for operations; for inline calls the body, or the task's input.
pub(super) fn input(
    call: &Call,
    env: &Env<'_>,
    dot: &Arc<Value>,
) -> Result<Arc<Value>, Box<Problem>> {
    let template = match &call.target {
        Target::Operation { with, .. } => with.as_ref(),
        Target::Inline(inline) => inline.body.as_ref(),
    };
    match template {
        Some(template) => env.template(template, dot).map(Arc::new),
        None => Ok(Arc::clone(dot)),
    }
}

pub(super) fn request(
    call: &Call,
    env: &Env<'_>,
    dot: &Value,
    input: &Value,
) -> Result<Request, Box<Problem>> {
    match &call.target {
        Target::Operation { method, path, .. } => operation(env, method, path, input),
        Target::Inline(inline) => inline_request(env, inline, dot, input),
    }
}

/// The input fills the path; what is left is the query (GET, HEAD, DELETE) or the JSON body.
fn operation(
    env: &Env<'_>,
    method: &str,
    path: &str,
    input: &Value,
) -> Result<Request, Box<Problem>> {
    let empty = Map::new();
    let members = input.as_object().unwrap_or(&empty);
    let (target, used) = fill(env, path, members)?;
    let bodiless = matches!(method, "GET" | "HEAD" | "DELETE");
    let rest = || members.iter().filter(|(name, _)| !used.contains(name));
    let query = if bodiless {
        rest()
            .filter_map(|(name, value)| Some((name.clone(), plain(value)?)))
            .collect()
    } else {
        Vec::new()
    };
    let body = if bodiless {
        None
    } else if used.is_empty() {
        Some(json(input))
    } else {
        let rest: Map<String, Value> = rest()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Some(json(&Value::Object(rest)))
    };
    Ok(Request {
        method: method.to_owned(),
        target,
        query,
        headers: Vec::new(),
        body,
        take: baton_shared::request::Take::Content,
        redirect: false,
    })
}

fn inline_request(
    env: &Env<'_>,
    inline: &Inline,
    dot: &Value,
    input: &Value,
) -> Result<Request, Box<Problem>> {
    let endpoint = env.template(&inline.endpoint, dot)?;
    let Value::String(endpoint) = endpoint else {
        let problem = Problem::standard("expression", 400, "The endpoint is no text");
        return Err(env.placed(problem.with_detail(format!("it is `{endpoint}`"))));
    };
    let empty = Map::new();
    let (target, _) = fill(env, &endpoint, dot.as_object().unwrap_or(&empty))?;
    if !target.starts_with("http://") && !target.starts_with("https://") {
        let problem = Problem::standard("configuration", 400, "The endpoint is no http(s) URL");
        return Err(env.placed(problem.with_detail(format!("it is `{target}`"))));
    }
    Ok(Request {
        method: inline.method.clone(),
        target,
        query: pairs(env, inline.query.as_ref(), dot)?,
        headers: pairs(env, inline.headers.as_ref(), dot)?,
        body: inline.body.as_ref().map(|_| match input {
            Value::String(text) => text.clone(),
            other => json(other),
        }),
        take: inline.take,
        redirect: inline.redirect,
    })
}

/// As `to_string` says it, which writes each piece by way of a formatter.
fn json(value: &Value) -> String {
    serde_json::to_string(value).expect("JSON has names of text")
}

fn pairs(
    env: &Env<'_>,
    template: Option<&crate::expression::Template>,
    dot: &Value,
) -> Result<Vec<(String, String)>, Box<Problem>> {
    let Some(template) = template else {
        return Ok(Vec::new());
    };
    match env.template(template, dot)? {
        Value::Object(members) => Ok(members
            .into_iter()
            .filter_map(|(name, value)| Some((name, plain(&value)?)))
            .collect()),
        Value::Null => Ok(Vec::new()),
        other => {
            let problem = Problem::standard("expression", 400, "Headers and query must be objects");
            Err(env.placed(problem.with_detail(format!("found `{other}`"))))
        }
    }
}

/// Replaces every `{name}` by the member of that name; says which members it used.
fn fill(
    env: &Env<'_>,
    path: &str,
    members: &Map<String, Value>,
) -> Result<(String, Vec<String>), Box<Problem>> {
    let (mut filled, mut used, mut rest) = (String::with_capacity(path.len()), Vec::new(), path);
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else {
            break;
        };
        let name = &rest[open + 1..open + length];
        let Some(value) = members
            .get(name)
            .and_then(plain)
            .filter(|value| !value.is_empty())
        else {
            let problem = Problem::standard("expression", 400, "The path cannot be filled");
            let detail =
                format!("`{path}` needs a value for `{name}`, which the input does not have");
            return Err(env.placed(problem.with_detail(detail)));
        };
        filled.push_str(&rest[..open]);
        encode(&value, &mut filled);
        used.push(name.to_owned());
        rest = &rest[open + length + 1..];
    }
    filled.push_str(rest);
    Ok((filled, used))
}

/// A value as plain text in a path, query or header; null is left out.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(byte as char);
        } else {
            into.push('%');
            into.push(char::from(b"0123456789ABCDEF"[usize::from(byte >> 4)]));
            into.push(char::from(b"0123456789ABCDEF"[usize::from(byte & 15)]));
        }
    }
}
