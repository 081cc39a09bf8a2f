//! How many blocks are on their way at the same time: more as long as that is faster, fewer when the service has too much to do.

use std::time::Duration;
use tokio::time::Instant;

/// Lanes at the start.
const START: usize = 4;

/// How much faster it has to be for two more lanes to be worth it.
const WORTH: f64 = 1.1;

/// After how many measurements without a gain more lanes are tried again: lines change.
const TRY_AGAIN: u32 = 8;

/// How long no lane is added after the service was busy.
const CALM: Duration = Duration::from_secs(30);

/// The number of lanes, and what it was learned from.
#[derive(Debug)]
pub(super) struct Lanes {
    open: usize,
    most: usize,
    /// Blocks and bytes that got through since the measurement began.
    blocks: usize,
    bytes: u64,
    since: Instant,
    /// Bytes per second with fewer lanes.
    before: f64,
    idle: u32,
    calm_until: Option<Instant>,
}

impl Lanes {
    /// As many as fit into `memory` bytes with blocks of `block` bytes each; one at least.
    pub(super) fn new(memory: usize, block: usize) -> Self {
        let most = (memory / block.max(1)).max(1);
        let since = Instant::now();
        Self { open: START.min(most), most, blocks: 0, bytes: 0, since, before: 0.0, idle: 0, calm_until: None }
    }

    /// How many blocks may be on their way.
    pub(super) fn open(&self) -> usize {
        self.open
    }

    /// A block got through.
    pub(super) fn through(&mut self, bytes: u64) {
        self.blocks += 1;
        self.bytes += bytes;
        // Each lane has had two turns: what was under way at the change is out of the figure's half.
        if self.blocks < 2 * self.open {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let rate = self.bytes as f64 / self.since.elapsed().as_secs_f64().max(1e-6);
        if self.calm_until.is_some_and(|until| Instant::now() < until) {
            self.measure_anew(0.0);
        } else if rate > self.before * WORTH || self.idle >= TRY_AGAIN {
            self.open = (self.open + 2).min(self.most);
            self.measure_anew(rate);
        } else {
            let idle = self.idle + 1;
            self.measure_anew(self.before);
            self.idle = idle;
        }
    }

    /// The service asked for less.
    pub(super) fn busy(&mut self) {
        let now = Instant::now();
        // One wave of refusals is one reason.
        if self.calm_until.is_none_or(|until| until.saturating_duration_since(now) < CALM / 2) {
            self.open = (self.open / 2).max(1);
            self.measure_anew(0.0);
        }
        self.calm_until = Some(now + CALM);
    }

    fn measure_anew(&mut self, before: f64) {
        (self.blocks, self.bytes, self.since) = (0, 0, Instant::now());
        (self.before, self.idle) = (before, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const MIB: usize = 1 << 20;

    /// Lets `blocks` blocks through on a line where each lane has a rate of its own, up to what the line has in all.
    async fn run(lanes: &mut Lanes, blocks: usize, each: f64, line: f64) {
        for _ in 0..blocks {
            let rate = (each * f64::from(u32::try_from(lanes.open()).unwrap())).min(line);
            advance(Duration::from_secs_f64(1.0 / rate)).await;
            lanes.through(1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn lanes_are_added_as_long_as_they_make_it_faster() {
        let mut lanes = Lanes::new(40 * MIB, 5 * MIB);
        assert_eq!(lanes.open(), 4);
        run(&mut lanes, 60, 1.0, 1000.0).await;
        assert_eq!(lanes.open(), 8, "each connection is slow by itself");

        let mut lanes = Lanes::new(400 * MIB, 5 * MIB);
        run(&mut lanes, 60, 1.0, 4.0).await;
        assert!(lanes.open() <= 6, "the line is full with four: {}", lanes.open());
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_service_gets_less_to_do_for_a_while() {
        let mut lanes = Lanes::new(40 * MIB, 5 * MIB);
        run(&mut lanes, 60, 1.0, 1000.0).await;
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
    }

    #[tokio::test(start_paused = true)]
    async fn memory_bounds_them() {
        assert_eq!(Lanes::new(40 * MIB, 100 * MIB).open(), 1);
        let mut lanes = Lanes::new(40 * MIB, 20 * MIB);
        run(&mut lanes, 100, 1.0, 1000.0).await;
        assert_eq!(lanes.open(), 2);
    }
}
