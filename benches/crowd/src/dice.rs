//! Chance that can be had again (xorshift).

/// Dice that fall the same for the same seed and number.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of(seed: u64, number: u64) -> Self {
        let mut dice = Self((seed ^ 0x9E37_79B9_7F4A_7C15).wrapping_mul(2 * number + 1) | 1);
        for _ in 0..8 {
            dice.next();
        }
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((self.next() >> 16) as usize) % end
    }

    pub(crate) fn of_list<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    pub(crate) fn bytes(&mut self, size: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..size.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).collect();
        bytes.truncate(size);
        bytes
    }
}
