//! The text below each command's options: examples, and what the options cannot say.

pub(super) const PROGRAM: &str = "\
Examples:
  codex-profiler                             all profiles
  codex-profiler usage best                  which one to use next, and why
  codex-profiler usage --demo                look around: six made-up profiles
  codex-profiler auth order set work spare   a plan, then a question

Exit codes:
  0  success
  1  nothing could be checked, or the change failed
  2  invalid or refused command
  3  --fail-below: no ready profile has that much left

Files:
  ~/.config/codex-profiler/settings.json   burnFirst, preserve, language, timezone
  ~/.local/state/codex-profiler            recent readings, history, pending confirmations

Environment:
  OPENCLAW_STATE_DIR                       the gateway's state folder
  XDG_CONFIG_HOME, XDG_STATE_HOME          other folders for the files above
  HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, NO_COLOR";

pub(super) const USAGE: &str = "\
Examples:
  codex-profiler usage work                  one profile in detail
  codex-profiler usage --format json
  codex-profiler usage --html usage.html     a page with charts
  codex-profiler usage --fail-below 10 && start-the-long-job
  codex-profiler usage --watch --until usable --for 8h

A watch exits 0 at the event of --until, and 1 if --for is over first. After HTTP 429 or
5xx the next check waits longer. With --format json, each check is one line.";

pub(super) const AUTH: &str = "\
Examples:
  codex-profiler auth
  codex-profiler auth order
  codex-profiler auth retire work --dry-run";

pub(super) const STATUS: &str = "\
Examples:
  codex-profiler auth status work
  codex-profiler auth status --format json";

pub(super) const ORDER: &str = "\
Examples:
  codex-profiler auth order
  codex-profiler auth order set work spare
  codex-profiler auth order clear";

pub(super) const ORDER_SET: &str = "\
Examples:
  codex-profiler auth order set work spare
  codex-profiler auth order set work spare --dry-run";

pub(super) const ORDER_CLEAR: &str = "\
Examples:
  codex-profiler auth order clear
  codex-profiler auth order clear --agent ops";

pub(super) const RETIRE: &str = "\
Examples:
  codex-profiler auth retire work
  codex-profiler auth retire work --dry-run";

pub(super) const RESTORE: &str = "\
Examples:
  codex-profiler auth restore work
  codex-profiler auth restore work first";

pub(super) const DELETE: &str = "\
Examples:
  codex-profiler auth retire work                keeps the sign-in
  codex-profiler auth delete work permanently    asks for the name";

pub(super) const START: &str = "\
Examples:
  codex-profiler auth start
  codex-profiler auth start work";

pub(super) const FINISH: &str = "\
Examples:
  codex-profiler auth finish work                asks for the address, shows nothing
  pbpaste | codex-profiler auth finish work";

pub(super) const CHAT: &str = "\
Examples:
  codex-profiler chat '/codex_usage all' --demo
  codex-profiler chat 'usage:best' --press --buttons --demo";

pub(super) const COMPONENT: &str = "\
Examples:
  codex-profiler component codex_profiler.wasm";

pub(super) const COMPLETIONS: &str = "\
Examples:
  echo 'source <(codex-profiler completions bash)' >> ~/.bashrc
  echo 'source <(codex-profiler completions zsh)' >> ~/.zshrc
  codex-profiler completions fish > ~/.config/fish/completions/codex-profiler.fish";
