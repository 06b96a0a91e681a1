//! Panics within a run: kept for the laws instead of being printed.

use std::cell::RefCell;
use std::sync::Once;

thread_local! {
    /// What panicked on this thread, while one is running.
    static PANICS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// From here on, on this thread.
pub(crate) fn begin() {
    static ONCE: Once = Once::new();
    ONCE.call_once(listen);
    PANICS.with(|panics| *panics.borrow_mut() = Some(Vec::new()));
}

/// What panicked since it began.
pub(crate) fn end() -> Vec<String> {
    let panics = PANICS.with(|panics| panics.borrow_mut().take());
    panics.unwrap_or_default()
}

/// Threads without a run keep the hook that was there.
fn listen() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let kept = PANICS.with(|panics| match panics.borrow_mut().as_mut() {
            Some(panics) => {
                panics.push(info.to_string());
                true
            }
            None => false,
        });
        if !kept {
            before(info);
        }
    }));
}
