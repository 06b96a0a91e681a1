//! The program `baton`. All of it is in the library, so that tests reach it.

/// glibc's took a quarter of an orchestrator's samples for what is small and soon gone. What others gave,
/// in speed and in memory, is told in docs/performance-notes.md.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    baton_cli::main()
}
