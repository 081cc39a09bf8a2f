//! Reads DER as far as certificates, keys and PFX files need it: one element after the other, nothing copied.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_ID: u8 = 0x06;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
/// What wraps another element, as the first of its choices.
pub(super) const WRAPPED: u8 = 0xA0;

/// The elements that follow each other in some bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The next element: its tag and its content. Lengths without an end of their own are not DER.
    pub(super) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match *first {
            short @ 0..=0x7F => (usize::from(short), rest),
            long @ 0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7F))?;
                let length = digits.iter().fold(0_u32, |length, digit| length << 8 | u32::from(*digit));
                (usize::try_from(length).ok()?, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }

    /// The content of the next element, if it has this tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut after = *self;
        let (found, content) = after.next()?;
        (found == tag).then(|| {
            *self = after;
            content
        })
    }

    /// The elements in the next one, if it has this tag.
    pub(super) fn inside(&mut self, tag: u8) -> Option<Self> {
        self.take(tag).map(Self)
    }

    /// The elements in the next one, if it is a sequence.
    pub(super) fn sequence(&mut self) -> Option<Self> {
        self.inside(SEQUENCE)
    }

    /// The next element as a small number.
    pub(super) fn number(&mut self) -> Option<u32> {
        let digits = unsigned(self.take(INTEGER)?);
        (digits.len() <= 4).then(|| digits.iter().fold(0, |number, digit| number << 8 | u32::from(*digit)))
    }
}

/// A number without the zeros in front of it.
pub(super) fn unsigned(content: &[u8]) -> &[u8] {
    let zeros = content.iter().take_while(|byte| **byte == 0).count();
    &content[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_one_after_the_other() {
        let mut der = Der::new(&[0x30, 0x03, 0x02, 0x01, 0x05, 0x03, 0x81, 0x01, 0xFF]);
        assert_eq!(der.sequence().unwrap().number(), Some(5));
        assert_eq!((der.take(INTEGER), der.take(BIT_STRING), der.is_empty()), (None, Some(&[0xFF][..]), true));
        assert_eq!(der.next(), None);
        assert_eq!(Der::new(&[0x02, 0x05, 1, 0, 0, 0, 0]).number(), None);
    }

    #[test]
    fn lengths_that_are_not_kept_end_the_reading() {
        for bytes in [&[0x30][..], &[0x30, 0x05, 0x00], &[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], &[0x30, 0x80], &[0x30, 0x82, 0x01]]
        {
            assert_eq!(Der::new(bytes).next(), None, "{bytes:?}");
        }
    }
}
