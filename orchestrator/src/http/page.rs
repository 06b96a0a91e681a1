//! Page tokens and limits of lists.

use super::problem::Problem;
use crate::letters::Place;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use baton_shared::{SagaId, Timestamp};

/// Entries of a page when nobody says.
const USUAL: usize = 50;
/// Entries of a page at most.
const MOST: usize = 1000;
/// 2^53 - 1.
const LARGEST: u64 = 9_007_199_254_740_991;

/// How many entries a page has.
pub(super) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        None => Ok(USUAL),
        Some(limit @ 1..=MOST) => Ok(limit),
        Some(limit) => Err(Problem::invalid(
            "query-invalid",
            format!("limit is {limit}, and must be 1 to {MOST}"),
        )),
    }
}

/// How many entries are left out at the beginning. The bound is that of the numbers that every client of
/// JSON can hold, and stands in the OpenAPI document.
pub(super) fn left_out(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        Some(many) if many as u64 > LARGEST => Err(Problem::invalid(
            "query-invalid",
            format!("steps_after is {many}, and must be at most {LARGEST}"),
        )),
        many => Ok(many.unwrap_or(0)),
    }
}

/// Opaque to clients: its form may change with any release.
pub fn token(place: &Place) -> String {
    let text = match place {
        Place::Saga(at, saga) => format!("s:{}:{saga}", at.0),
        Place::Orphan(key) => format!("o:{key}"),
    };
    URL_SAFE_NO_PAD.encode(text)
}

/// Where a list goes on; refused is what [`token`] did not write.
pub fn place(token: &str) -> Result<Place, Problem> {
    read(token).ok_or_else(wrong_token)
}

pub(super) fn wrong_token() -> Problem {
    let detail = "`after` is no page token; take it from `next` of the page before";
    Problem::invalid("page-token-invalid", detail)
}

fn read(token: &str) -> Option<Place> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    match text.split_once(':')? {
        ("s", rest) => {
            let (at, saga) = rest.split_once(':')?;
            let at = Timestamp(at.parse().ok()?);
            Some(Place::Saga(at, saga.parse::<SagaId>().ok()?))
        }
        ("o", key) => Some(Place::Orphan(key.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_document_does_not_allow_is_refused() {
        assert!(left_out(Some(9_007_199_254_740_991)).is_ok());
        assert!(left_out(Some(9_007_199_254_740_992)).is_err());
        assert_eq!(left_out(None).ok(), Some(0));
    }

    #[test]
    fn tokens_come_back_as_they_were() {
        for there in [
            Place::Saga(Timestamp(17), "order-1.x_y".parse().expect("id")),
            Place::Orphan("0018-ab".to_owned()),
        ] {
            let back = place(&token(&there)).expect("reads");
            assert_eq!(back, there);
        }
    }

    #[test]
    fn made_up_tokens_and_limits_are_refused() {
        for bad in ["", "!", "czo", "eDp4", &URL_SAFE_NO_PAD.encode("s:x:y")] {
            let problem = place(bad).expect_err("is refused");
            assert_eq!(problem.code, "page-token-invalid", "{bad}");
        }
        assert!(limit(Some(0)).is_err());
        assert!(limit(Some(1001)).is_err());
        assert_eq!(limit(None), Ok(50));
    }
}
