//! JSON given on the command line: written out, in a file, or on stdin.

use crate::failure::Failure;
use baton_shared::json;
use serde_json::Value;
use std::io::Read;

/// Reads `JSON`, `@FILE` or `-`. `flag` is named in what is told when it cannot be read.
pub fn read(flag: &str, text: &str) -> Result<Value, Failure> {
    let (source, from) = match (text, text.strip_prefix('@')) {
        ("-", _) => (stdin()?, "stdin".to_owned()),
        (_, Some(file)) => (file_text(file)?, format!("`{file}`")),
        _ => (text.to_owned(), "what was given".to_owned()),
    };
    json::read(&source).map_err(|error| {
        if error.is_data() {
            let fault = format!("{flag}: {from} does not say one thing: {error}");
            return Failure::WrongCall(fault);
        }
        Failure::WrongCall(format!(
            "{flag}: {from} is no JSON: {error}. Give JSON in single quotes, @FILE, or - for stdin."
        ))
    })
}

/// The text of a file, or of stdin where its name is `-`.
pub fn file_text(file: &str) -> Result<String, Failure> {
    if file == "-" {
        return stdin();
    }
    std::fs::read_to_string(file)
        .map_err(|error| Failure::WrongCall(format!("cannot read `{file}`: {}", spoken(&error))))
}

fn stdin() -> Result<String, Failure> {
    let mut text = String::new();
    match std::io::stdin().read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Failure::WrongCall(format!("cannot read stdin: {error}"))),
    }
}

/// An I/O error without the system's number, in lower case: it goes into the middle of sentences.
pub fn spoken(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => text.to_owned(),
    }
}
