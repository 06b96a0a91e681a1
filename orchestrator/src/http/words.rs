//! What a request said, told back in few words that need no knowledge of Rust.

/// Characters of a request's own words that are told back.
const QUOTED: usize = 100;
/// Characters of a whole sentence or two.
const DETAIL: usize = 2000;

/// Cuts what is quoted in backticks, which may be a request's, and then the whole.
pub(super) fn modest(detail: &str) -> String {
    if detail.len() <= QUOTED {
        return detail.to_owned();
    }
    let parts = detail.split('`').enumerate();
    let parts: Vec<String> = parts
        .map(|(at, part)| cut(part, if at % 2 == 1 { QUOTED } else { DETAIL }))
        .collect();
    cut(&parts.join("`"), DETAIL)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The decoder's message, as a person would say it. What we do not know stays as it is.
pub(super) fn plain(message: &str) -> String {
    let (what, place) = match message.rfind(" at line ") {
        Some(at) => message.split_at(at),
        None => (message, ""),
    };
    format!("{}{place}", fault(what))
}

fn fault(what: &str) -> String {
    if let Some(name) = what.strip_prefix("missing field ") {
        return format!("{name} is missing");
    }
    if let Some(name) = what.strip_prefix("duplicate field ") {
        return format!("{name} is there twice");
    }
    if let Some(rest) = what.strip_prefix("unknown field ") {
        return unknown(rest);
    }
    let wrong = what
        .strip_prefix("invalid type: ")
        .or_else(|| what.strip_prefix("invalid value: "));
    match wrong.and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((found, wanted)) => format!("{} where {} belongs", said(found), meant(wanted)),
        None => what.to_owned(),
    }
}

fn unknown(rest: &str) -> String {
    match rest.rsplit_once(", expected ") {
        Some((name, known)) => {
            let known = known.strip_prefix("one of ").unwrap_or(known);
            format!("there is no {name}; known here: {known}")
        }
        None => {
            let name = rest.strip_suffix(", there are no fields").unwrap_or(rest);
            format!("there is no {name}; nothing is known here")
        }
    }
}

/// What was found.
fn said(found: &str) -> String {
    let text = found.strip_prefix("string \"");
    if let Some(text) = text.and_then(|text| text.strip_suffix('"')) {
        return format!("the text \"{}\"", cut(text, QUOTED));
    }
    match found.split_once(' ') {
        Some(("integer" | "floating", value)) => {
            format!("the number {}", value.trim_start_matches("point "))
        }
        Some(("boolean", value)) => value.to_owned(),
        _ => match found {
            "map" => "an object".to_owned(),
            "sequence" => "a list".to_owned(),
            _ => found.to_owned(),
        },
    }
}

/// What belongs there.
fn meant(wanted: &str) -> &str {
    match wanted {
        "a string" => "a text",
        "a boolean" => "true or false",
        "a map" => "an object",
        "a sequence" => "a list",
        "usize" | "u64" | "u32" => "a whole number",
        _ if wanted.starts_with("struct ") => "an object",
        _ => wanted,
    }
}

/// The same for a query, whose reader says first what it did, and where.
pub(super) fn plain_query(message: &str) -> String {
    let message = message
        .strip_prefix("Failed to deserialize query string: ")
        .unwrap_or(message);
    match message.split_once(": ") {
        Some((
            name,
            "invalid digit found in string" | "cannot parse integer from empty string",
        )) => {
            format!("`{name}` is no whole number")
        }
        Some((name, "number too large to fit in target type")) => {
            format!("`{name}` is too large a number")
        }
        // Its message names the parameter again.
        Some((_name, fault)) => plain(fault),
        None => plain(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decoders_words_become_a_persons() {
        for (from, to) in [
            (
                "invalid type: integer `5`, expected struct Submission at line 1 column 1",
                "the number `5` where an object belongs at line 1 column 1",
            ),
            (
                "invalid type: map, expected a string at line 1 column 9",
                "an object where a text belongs at line 1 column 9",
            ),
            (
                "invalid type: string \"yes, expected no\", expected a boolean",
                "the text \"yes, expected no\" where true or false belongs",
            ),
            (
                "missing field `workflow` at line 1 column 2",
                "`workflow` is missing at line 1 column 2",
            ),
            (
                "unknown field `a`, expected one of `b`, `c`",
                "there is no `a`; known here: `b`, `c`",
            ),
            (
                "unknown field `a`, there are no fields",
                "there is no `a`; nothing is known here",
            ),
            ("EOF while parsing", "EOF while parsing"),
        ] {
            assert_eq!(plain(from), to);
        }
        let query = "Failed to deserialize query string: limit: invalid digit found in string";
        assert_eq!(plain_query(query), "`limit` is no whole number");
    }

    #[test]
    fn however_much_was_said_little_is_told_back() {
        let long = "ä".repeat(100_000);
        let told = modest(&format!("there is no workflow `{long}`; deploy it first"));
        assert!(told.ends_with("…`; deploy it first"), "{told}");
        assert_eq!(told.matches('ä').count(), QUOTED);
        for tricky in ["`a".repeat(50_000), format!("`{long}"), long.clone()] {
            let told = modest(&format!("there is no `{tricky}`"));
            assert!(told.chars().count() <= DETAIL + 1, "{}", told.len());
        }
        let short = "there is no saga `t-1`";
        assert_eq!(modest(short), short);
    }
}
