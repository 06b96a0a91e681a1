//! The runtime of a program that works beside RabbitMQ and Redis.
//!
//! What the work waits for wakes it from a thread of the runtime, and a wake across threads costs more
//! than most of what is done after it. So the work runs on the runtime itself and not on the thread
//! that waits for its end; and there is a thread for every two cores: brokers want theirs, too.

use std::error::Error;
use std::future::Future;
use std::io;
use std::process::ExitCode;
use std::thread::available_parallelism;
use tokio::runtime::Builder;

/// tokio's own variable; it wins.
const THREADS: &str = "TOKIO_WORKER_THREADS";

/// Why a program ended.
pub type Fault = Box<dyn Error + Send + Sync>;

/// What `main` of a program does: the work, and one line on stderr where it failed.
pub fn main(
    program: &str,
    work: impl Future<Output = Result<(), Fault>> + Send + 'static,
) -> ExitCode {
    match run(work).map_err(Fault::from).and_then(|ended| ended) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{program}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Does the work, and returns what it returned. A panic within goes on here.
fn run<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> io::Result<T> {
    let mut builder = Builder::new_multi_thread();
    if std::env::var_os(THREADS).is_none() {
        let cores = available_parallelism().map_or(1, usize::from);
        builder.worker_threads(cores.div_ceil(2));
    }
    let runtime = builder.enable_all().build()?;
    let done = runtime.block_on(runtime.spawn(work));
    Ok(done.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic())))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_work_is_done_on_the_runtime() {
        let waiting = std::thread::current().id();
        let work = async move {
            tokio::task::yield_now().await;
            std::thread::current().id()
        };
        let working = super::run(work).expect("a runtime");
        assert_ne!(working, waiting);
    }

    #[test]
    fn a_panic_is_not_swallowed() {
        let work = async { panic!("told") };
        let caught = std::panic::catch_unwind(|| super::run::<()>(work));
        let said = caught.expect_err("it goes on here");
        assert_eq!(said.downcast_ref::<&str>(), Some(&"told"));
    }
}
