//! The program `baton`. All of it is in the library, so that tests reach it.

fn main() -> std::process::ExitCode {
    baton_cli::main()
}
