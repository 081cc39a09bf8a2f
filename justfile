# What CI runs.
ci:
    bash .ci/run

# A whole publish against an embedded Store.
demo:
    cargo run -- demo

test:
    cargo test --workspace

lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# The answers of a real Azurite beside ours (needs npm).
azurite:
    bash .ci/azurite

# The real Azure SDK for Python against our blob service (needs Python).
python-sdk:
    bash .ci/python-sdk

# The manual's six scripts in a rehearsal: a folder of its pages.
manual PAGES:
    bash .ci/manual {{PAGES}}

# The Windows build, and its demo under Wine.
windows:
    bash .ci/windows

# Compares with others and writes docs/benchmarks.md: all of it (about 25 minutes), or what is named; `just bench quick` takes minutes.
bench *NAMES:
    python3 benches/run.py {{NAMES}}

# The fault matrix: so many schedules of trouble, or `all` of them.
matrix N="100000":
    FLIGHTLINE_MATRIX={{N}} cargo test --profile matrix -p flightline-publish --test matrix whatever

# Random schedules of trouble, longer than those of the matrix.
storm ROUNDS="20000" SEED="1":
    FLIGHTLINE_SOAK_ROUNDS={{ROUNDS}} FLIGHTLINE_SOAK_SEED={{SEED}} cargo test --profile matrix -p flightline-publish --test matrix long_random

# More hostile input than `cargo test` reads: so many mutations of the kept corpus for each target, from another seed each time.
fuzz ROUNDS="5000":
    HOSTILE_ROUNDS={{ROUNDS}} HOSTILE_SEED=$(date +%s) cargo test -p flightline-hostile --test corpus -- --nocapture

# The upload's archives, read by Info-ZIP, Python and Java; `just readers all` makes one more of more than 4 GiB.
readers *ALL:
    bash .ci/readers {{ALL}}

# Kills real publishes and a real Store at random: how many rounds (200 without a word), and a seed to play again.
soak *ROUNDS_SEED:
    python3 benches/soak.py {{ROUNDS_SEED}}
