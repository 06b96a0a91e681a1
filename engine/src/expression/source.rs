//! The text of an expression, bounded before and after jaq parses it.
//!
//! jaq's lexer, parser and compiler recurse; what nests too deep is refused while it is still text
//! (brackets), then tokens (chains of operators), then a tree.

use super::ExprFault;
use jaq_core::load::lex::{Expect as LexExpect, Lexer, StrPart, Tok, Token};
use jaq_core::load::parse::{Parser, Term};
use jaq_core::load::span;

/// Bytes an expression may have.
const LENGTH: usize = 16 * 1024;
/// Brackets, and interpolations, inside each other.
const NESTING: usize = 64;
/// Operators and keywords that may follow each other, all levels of brackets added up.
const CHAIN: usize = 512;

/// Refuses what is too long, empty, or too deep in brackets.
pub(super) fn check_text(source: &str) -> Result<(), ExprFault> {
    if source.len() > LENGTH {
        return Err(ExprFault::new(
            format!(
                "the expression is {} bytes long; at most {LENGTH} are allowed",
                source.len()
            ),
            LENGTH,
        ));
    }
    if source.trim().is_empty() {
        return Err(ExprFault::new(
            "the expression is empty; write `.` for the input",
            0,
        ));
    }
    match too_deep(source) {
        Some(offset) => Err(ExprFault::new(
            format!("the expression nests brackets more than {NESTING} levels deep"),
            offset,
        )),
        None => Ok(()),
    }
}

/// Where the brackets become too many. A string counts as a bracket of its own, so that brackets in
/// its text do not count but interpolations do.
fn too_deep(source: &str) -> Option<usize> {
    let mut open: Vec<u8> = Vec::new();
    let bytes = source.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let (byte, in_text) = (bytes[at], open.last() == Some(&b'"'));
        match byte {
            b'\\' if in_text => {
                at += 1;
                if bytes.get(at) == Some(&b'(') {
                    open.push(b'(');
                }
            }
            b'"' if in_text => drop(open.pop()),
            _ if in_text => {}
            b'"' | b'(' | b'[' | b'{' => open.push(byte),
            b')' | b']' | b'}' => drop(open.pop()),
            b'#' => at = comment_end(bytes, at),
            _ => {}
        }
        if open.len() > NESTING * 2 {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// The end of a comment: a line end not preceded by an odd number of backslashes (jaq's rule).
fn comment_end(bytes: &[u8], mut at: usize) -> usize {
    let mut backslashes = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' if backslashes % 2 == 0 => return at,
            b'\\' => backslashes += 1,
            b'\r' => {}
            _ => backslashes = 0,
        }
        at += 1;
    }
    at
}

/// Parses checked text.
pub(super) fn parse(source: &str) -> Result<Term<&str>, ExprFault> {
    let tokens = Lexer::new(source)
        .lex()
        .map_err(|faults| lex_fault(source, &faults))?;
    if chain(&tokens) > CHAIN {
        return Err(ExprFault::new(
            format!("the expression has a chain of more than {CHAIN} operators; split it"),
            0,
        ));
    }
    Parser::new(&tokens)
        .parse(|parser| parser.term())
        .map_err(|faults| {
            let Some((expected, found)) = faults.into_iter().next() else {
                return ExprFault::new("this is no jq expression", 0);
            };
            let text = Token::opt_as_str(found, source);
            let found = match text {
                "" => "the end of the expression".to_owned(),
                text => format!("`{}`", shortened(text)),
            };
            let message = format!("expected {}, found {found}", expected.as_str());
            ExprFault::new(message, span(source, text).start)
        })
}

fn lex_fault(source: &str, faults: &[(LexExpect<&str>, &str)]) -> ExprFault {
    let Some((expected, rest)) = faults.first() else {
        return ExprFault::new("this is no jq expression", 0);
    };
    let offset = span(source, rest).start;
    let expected = match expected {
        LexExpect::Token if rest.starts_with('\'') => "a string in double quotes",
        expected => expected.as_str(),
    };
    let found = rest
        .chars()
        .next()
        .map_or("the end of the expression".to_owned(), |c| format!("`{c}`"));
    ExprFault::new(format!("expected {expected}, found {found}"), offset)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(24) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// How deep jaq's parser may go: every operator and keyword of a block can nest in the one before.
/// Commas do not, they are parsed in a loop.
fn chain(tokens: &[Token<&str>]) -> usize {
    let mut here = 0;
    let mut inside = 0;
    for Token(text, token) in tokens {
        match token {
            Tok::Sym if !matches!(*text, "," | ":" | ")" | "]" | "}") && !text.starts_with('.') => {
                here += 1
            }
            Tok::Word => {
                here += usize::from(matches!(
                    *text,
                    "def"
                        | "if"
                        | "elif"
                        | "try"
                        | "label"
                        | "reduce"
                        | "foreach"
                        | "as"
                        | "and"
                        | "or"
                ))
            }
            Tok::Block(tokens) => inside = inside.max(1 + chain(tokens)),
            Tok::Str(parts) => {
                for part in parts {
                    if let StrPart::Term(token) = part {
                        inside = inside.max(1 + chain(std::slice::from_ref(token)));
                    }
                }
            }
            _ => {}
        }
    }
    here + inside
}
