//! How many blocks are on their way at the same time: as many as fit into memory, fewer where that is just as fast, or where the service
//! has too much to do.

use std::time::Duration;
use tokio::time::Instant;

/// How long a block may take before fewer lanes are tried: what is in flight is lost when an upload is broken off.
const SLOW: Duration = Duration::from_secs(30);

/// How much slower it may be with half of the lanes.
const AS_FAST: f64 = 0.9;

/// How long the service is given less to do after it was busy.
const CALM: Duration = Duration::from_secs(30);

/// The number of lanes, and what it was learned from.
#[derive(Debug)]
pub(super) struct Lanes {
    open: usize,
    most: usize,
    /// Fewer than these were too few.
    least: usize,
    /// Blocks and bytes that got through since the measurement began.
    blocks: usize,
    bytes: u64,
    since: Instant,
    /// Lanes and bytes per second before there were fewer.
    before: Option<(usize, f64)>,
    calm_until: Option<Instant>,
}

impl Lanes {
    /// As many as fit into `memory` bytes with blocks of `block` bytes each; one at least.
    pub(super) fn new(memory: usize, block: usize) -> Self {
        let most = (memory / block.max(1)).max(1);
        Self { open: most, most, least: 1, blocks: 0, bytes: 0, since: Instant::now(), before: None, calm_until: None }
    }

    /// How many blocks may be on their way.
    pub(super) fn open(&self) -> usize {
        self.open
    }

    /// A block got through.
    pub(super) fn through(&mut self, bytes: u64) {
        self.blocks += 1;
        self.bytes += bytes;
        let now = Instant::now();
        if self.calm_until.is_some_and(|until| until <= now) {
            self.set(self.open * 2);
            self.calm_until = (self.open < self.most).then_some(now + CALM);
        }
        // Each lane has had two turns: what was under way at the change is out of the figure's half.
        if self.calm_until.is_some() || self.blocks < 2 * self.open {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let rate = self.bytes as f64 / self.since.elapsed().as_secs_f64().max(1e-6);
        match self.before.take() {
            Some((open, before)) if rate < before * AS_FAST => {
                self.least = open;
                self.set(open);
            }
            _ if self.since.elapsed() > SLOW * 2 && self.open / 2 >= self.least => {
                self.before = Some((self.open, rate));
                self.set(self.open / 2);
            }
            _ => self.set(self.open),
        }
    }

    /// The service asked for less.
    pub(super) fn busy(&mut self) {
        let now = Instant::now();
        // One wave of refusals is one reason.
        if self.calm_until.is_none_or(|until| until.saturating_duration_since(now) < CALM / 2) {
            self.before = None;
            self.set(self.open / 2);
        }
        self.calm_until = Some(now + CALM);
    }

    fn set(&mut self, open: usize) {
        self.open = open.clamp(1, self.most);
        (self.blocks, self.bytes, self.since) = (0, 0, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const MIB: usize = 1 << 20;

    fn lanes() -> Lanes {
        Lanes::new(40 * MIB, 5 * MIB)
    }

    /// Lets `blocks` blocks through on a line where each lane has a rate of its own, up to what the line has in all, in blocks a second.
    async fn run(lanes: &mut Lanes, blocks: usize, each: f64, line: f64) {
        for _ in 0..blocks {
            let rate = (each * f64::from(u32::try_from(lanes.open()).unwrap())).min(line);
            advance(Duration::from_secs_f64(1.0 / rate)).await;
            lanes.through(1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_is_filled_from_the_start() {
        let mut lanes = lanes();
        assert_eq!(lanes.open(), 8);
        run(&mut lanes, 100, 1.0, 1000.0).await;
        assert_eq!(lanes.open(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_line_has_no_more_under_way_than_it_needs() {
        let mut slow = lanes();
        run(&mut slow, 200, 1.0, 0.02).await;
        assert_eq!(slow.open(), 1, "one lane fills it");

        let mut capped = lanes();
        run(&mut capped, 200, 0.01, 1000.0).await;
        assert_eq!(capped.open(), 8, "each lane is slow by itself");

        let mut between = lanes();
        run(&mut between, 200, 0.01, 0.03).await;
        assert_eq!(between.open(), 4, "two would be slower");
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_service_gets_less_to_do_for_a_while() {
        let mut lanes = lanes();
        for _ in 0..5 {
            lanes.busy();
        }
        assert_eq!(lanes.open(), 4, "one wave counts once");
        run(&mut lanes, 40, 10.0, 1000.0).await;
        assert_eq!(lanes.open(), 4);
        advance(CALM).await;
        run(&mut lanes, 60, 10.0, 1000.0).await;
        assert_eq!(lanes.open(), 8);
        for _ in 0..9 {
            advance(CALM).await;
            lanes.busy();
        }
        assert_eq!(lanes.open(), 1);
        for expected in [2, 4, 8] {
            advance(CALM).await;
            lanes.through(1);
            assert_eq!(lanes.open(), expected, "twice as many after each rest");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn memory_bounds_them() {
        assert_eq!(Lanes::new(40 * MIB, 100 * MIB).open(), 1);
        let mut lanes = Lanes::new(40 * MIB, 20 * MIB);
        run(&mut lanes, 100, 1.0, 1000.0).await;
        assert_eq!(lanes.open(), 2);
    }
}
