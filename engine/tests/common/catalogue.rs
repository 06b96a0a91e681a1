//! A catalogue of services that all look alike.

use baton_shared::catalogue::Catalogue;
use serde_json::json;

/// Services `s` (plain), `f` (`rejections: final`), `r` (one retry after a second) and `q` (says nothing of
/// retries); each has the operations `do`, `undo`, `put` (its path needs an `n`) and a read-only `look`.
pub(crate) fn catalogue() -> Catalogue {
    let operations = || {
        json!({
            "do": { "method": "POST", "path": "/do" },
            "undo": { "method": "POST", "path": "/undo" },
            "put": { "method": "POST", "path": "/put/{n}" },
            "look": { "method": "GET", "path": "/look" },
        })
    };
    let service = |retries: u32, rejections: &str| {
        json!({
            "url": "http://127.0.0.1:1",
            "timeout": "10s",
            "rejections": rejections,
            "retry": { "count": retries, "delay": "1s", "jitter": "0ms" },
            "operations": operations(),
        })
    };
    serde_json::from_value(json!({ "services": {
        "s": service(0, "open"),
        "f": service(0, "final"),
        "r": service(1, "open"),
        "q": { "url": "http://127.0.0.1:1", "operations": operations() },
    } }))
    .expect("the test catalogue reads")
}
