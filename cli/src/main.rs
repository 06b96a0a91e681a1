//! The program `baton`. All of it is in the library, so that tests reach it.

/// Half the cost of glibc's for what is small and soon gone, at some 50 MiB more at a peak.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    baton_cli::main()
}
