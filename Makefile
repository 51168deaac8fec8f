# Two commands do everything on a fresh Debian 12 with Rust: `make demo` and `make test`.

# What building and running need from Debian. Without root the command to run is printed.
PACKAGES := build-essential cmake clang libclang-dev pkg-config \
	libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev \
	gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad \
	gstreamer1.0-plugins-ugly gstreamer1.0-libav \
	libopencv-dev

REPORTS := target/demo
PINGCHA := target/release/pingcha
# Samples whose story is told by their names; samples/README.md tells the rest.
DEMO_CLIPS := compliant.mp4 no-announcement.mp4 partial-announcement.mp4 cut.mp4 \
	freeze.mp4 clock-drift.mp4 h265.mp4 mjpeg.avi truncated.mp4

.PHONY: demo test bench gate gate-accept setup build lint

demo: setup build
	@rm -rf $(REPORTS) && mkdir -p $(REPORTS)
	@echo "Checking the sample clips under the regulation of 江源区文广旅局 …"
	@# Samples break the regulation on purpose: any status but wrong use is a success here.
	@$(PINGCHA) scan samples $(addprefix --pattern ,$(DEMO_CLIPS)) --catalogue $(REPORTS)/2025.db \
		--out $(REPORTS) --format html --accept-demo-model; status=$$?; [ $$status -ne 2 ] || exit 2
	@$(PINGCHA) annual 2025 --catalogue $(REPORTS)/2025.db --out $(REPORTS)/review --reports $(REPORTS); \
		status=$$?; [ $$status -ne 2 ] || exit 2
	@echo
	@echo "Open $(REPORTS)/cut.mp4.report.html: a cut, with the clause it breaks and the pictures on both sides."
	@echo "Open $(REPORTS)/compliant.mp4.report.html: a clip with nothing wrong; what was not looked at is listed."
	@echo "Open $(REPORTS)/review/annual.xlsx: the year's review, with the clips above as the year."

test: setup
	cargo test --locked

# What stages and whole clips cost in CPU seconds; docs/performance.md tells what the figures mean.
bench: setup
	cargo bench --locked --bench clip
	cargo bench --locked --bench stages
	cargo bench --locked --bench catalogue
	cargo bench --locked --bench batch
	cargo bench --locked --bench gate

# Fails, naming the stage, where something costs more than benches/baseline.json allows.
gate: setup
	cargo bench --locked --bench gate -- --gate

gate-accept: setup
	@[ -n "$(REASON)" ] || { echo "say why: make gate-accept REASON='…'"; exit 2; }
	cargo bench --locked --bench gate -- --accept "$(REASON)"

build: setup
	cargo build --release --locked

lint:
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings

setup:
	@missing=""; \
	for package in $(PACKAGES); do \
		dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" -eq 0 ]; then \
			echo "Installing system packages:$$missing"; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
		else \
			echo "System packages are missing. Please run, then start again:"; \
			echo "    sudo apt-get update && sudo apt-get install --no-install-recommends$$missing"; \
			exit 1; \
		fi; \
	fi
	@command -v cargo >/dev/null || { echo "Rust is missing: install rustup, then the stable toolchain (1.88 or newer)."; exit 1; }
