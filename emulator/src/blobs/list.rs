//! Block lists as XML: the one that Put Block List sends and the one that Get Block List answers
//! (<https://learn.microsoft.com/rest/api/storageservices/put-block-list>,
//! <https://learn.microsoft.com/rest/api/storageservices/get-block-list>).

use super::ledger::Part;
use super::refusal::{Code, Refusal, escaped};
use roxmltree::{Document, ParsingOptions};
use std::fmt::Write;

/// How many blocks a blob can have.
pub(super) const MOST_BLOCKS: usize = 50_000;

/// The longest list taken, in bytes: the most blocks with the longest ids, each on a line of its own, and room to spare.
pub(super) const LONGEST: u64 = 8 << 20;

/// The longest tag taken, in bytes: no list needs more than two namespaces on its root.
const LONGEST_TAG: usize = 256;

/// An element, its text and the space around it for each block, and a little for the frame.
const MOST_NODES: u32 = 4 * 50_000 + 100;

/// Where a listed block is to be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Committed,
    Uncommitted,
    /// Uncommitted first, then committed.
    Latest,
}

/// Which lists are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Committed,
    Uncommitted,
    All,
}

impl Kind {
    /// Reads `blocklisttype`; without it the committed list is meant.
    pub(super) fn read(text: Option<&str>) -> Result<Self, Refusal> {
        match text.map(str::to_ascii_lowercase).as_deref() {
            None | Some("committed") => Ok(Self::Committed),
            Some("uncommitted") => Ok(Self::Uncommitted),
            Some("all") => Ok(Self::All),
            Some(_) => Err(Refusal::parameter(
                Code::InvalidQueryParameterValue,
                "blocklisttype",
                text.unwrap_or_default(),
                "Must be committed, uncommitted or all.",
            )),
        }
    }
}

/// Reads the body of Put Block List: which blocks, in order.
pub(super) fn read(body: &[u8]) -> Result<Vec<(Source, String)>, Refusal> {
    let text = std::str::from_utf8(body).map_err(|_| Code::InvalidXmlDocument)?;
    is_shallow(text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => Code::BlockListTooLong,
        _ => Code::InvalidXmlDocument,
    })?;
    let root = document.root_element();
    if root.tag_name().name() != "BlockList" {
        return Err(Code::UnsupportedXmlNode.into());
    }
    let mut blocks = Vec::new();
    for element in root.children().filter(roxmltree::Node::is_element) {
        let source = match element.tag_name().name() {
            "Committed" => Source::Committed,
            "Uncommitted" => Source::Uncommitted,
            "Latest" => Source::Latest,
            name => return Err(Refusal::from(Code::UnsupportedXmlNode).with("XmlNodeName", name)),
        };
        if blocks.len() == MOST_BLOCKS {
            return Err(Code::BlockListTooLong.into());
        }
        let id = element.text().unwrap_or_default().trim();
        if id.is_empty() || element.children().any(|child| child.is_element()) {
            return Err(Code::InvalidXmlDocument.into());
        }
        blocks.push((source, id.to_owned()));
    }
    Ok(blocks)
}

/// Refuses lists that are cheap to send and dear to read: the reader's time grows with the square of a tag's attributes and of
/// the namespaces above it. So tags are short, two deep at most, and there is nothing (comments, sections, types) that could hide
/// one.
fn is_shallow(text: &str) -> Result<(), Refusal> {
    let mut depth = 0_usize;
    for (at, _) in text.match_indices('<') {
        let rest = &text.as_bytes()[at + 1..];
        let end = rest.iter().take(LONGEST_TAG).position(|byte| *byte == b'>').ok_or(Code::InvalidXmlDocument)?;
        match (rest.first(), rest[..end].last()) {
            (Some(b'!'), _) => return Err(Code::InvalidXmlDocument.into()),
            (Some(b'?'), _) | (_, Some(b'/')) => {}
            (Some(b'/'), _) => depth = depth.saturating_sub(1),
            _ => depth += 1,
        }
        if depth > 2 {
            return Err(Code::InvalidXmlDocument.into());
        }
    }
    Ok(())
}

/// Writes the body of Get Block List.
pub(super) fn write(kind: Kind, committed: &[Part], uncommitted: &[Part]) -> String {
    let mut out = String::from("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
    if kind != Kind::Uncommitted {
        write_one(&mut out, "CommittedBlocks", committed);
    }
    if kind != Kind::Committed {
        write_one(&mut out, "UncommittedBlocks", uncommitted);
    }
    out.push_str("</BlockList>");
    out
}

fn write_one(out: &mut String, name: &str, blocks: &[Part]) {
    let mut blocks = blocks.iter().filter_map(|part| part.block.as_ref().map(|block| (block, part.size))).peekable();
    if blocks.peek().is_none() {
        let _never_fails = write!(out, "<{name} />");
        return;
    }
    let _never_fails = write!(out, "<{name}>");
    for (block, size) in blocks {
        let _never_fails = write!(out, "<Block><Name>{}</Name><Size>{size}</Size></Block>", escaped(block));
    }
    let _never_fails = write!(out, "</{name}>");
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, MOST_BLOCKS, Source, read};
    use crate::blobs::refusal::Code;

    fn refused(body: &str) -> Code {
        read(body.as_bytes()).unwrap_err().code()
    }

    #[test]
    fn reads_blocks_in_the_order_of_the_list() {
        let body = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<BlockList>\n <Latest>YQ==</Latest>\
                    <Committed>Yg==</Committed><Uncommitted>YQ==</Uncommitted>\n</BlockList>";
        let expected = [(Source::Latest, "YQ=="), (Source::Committed, "Yg=="), (Source::Uncommitted, "YQ==")]
            .map(|(s, id)| (s, id.to_owned()));
        assert_eq!(read(body.as_bytes()).unwrap(), expected);
        assert_eq!(read(b"<BlockList/>").unwrap(), []);
        let dotnet = "<BlockList xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                      xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><Latest>YQ==</Latest></BlockList>";
        assert_eq!(read(dotnet.as_bytes()).unwrap().len(), 1);
    }

    #[test]
    fn takes_the_most_blocks_with_the_longest_ids_and_not_one_more() {
        let id = "x".repeat(88);
        let block = format!("  <Uncommitted>{id}</Uncommitted>\r\n");
        let list = |count: usize| format!("<BlockList>\r\n{}</BlockList>", block.repeat(count));
        let most = list(MOST_BLOCKS);
        assert!((most.len() as u64) < LONGEST);
        assert_eq!(read(most.as_bytes()).unwrap().len(), MOST_BLOCKS);
        assert_eq!(refused(&list(MOST_BLOCKS + 1)), Code::BlockListTooLong);
        assert_eq!(refused(&format!("<BlockList>{}</BlockList>", "<Latest/>".repeat(400_000))), Code::BlockListTooLong);
    }

    #[test]
    fn refuses_what_is_no_block_list() {
        assert_eq!(refused(""), Code::InvalidXmlDocument);
        assert_eq!(refused("<BlockList><Latest>YQ==</BlockList>"), Code::InvalidXmlDocument);
        assert_eq!(refused("<BlockList><Latest></Latest></BlockList>"), Code::InvalidXmlDocument);
        assert_eq!(refused("<BlockList><Newest>YQ==</Newest></BlockList>"), Code::UnsupportedXmlNode);
        assert_eq!(refused("<Blocks><Latest>YQ==</Latest></Blocks>"), Code::UnsupportedXmlNode);
        assert_eq!(read(&[0xff, 0xfe, 0x00]).unwrap_err().code(), Code::InvalidXmlDocument);
    }

    #[test]
    fn expands_no_entities_and_follows_no_depth() {
        let bomb =
            "<!DOCTYPE b [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY c \"&a;&a;&a;&a;\">]><BlockList><Latest>&c;</Latest></BlockList>";
        assert_eq!(refused(bomb), Code::InvalidXmlDocument);
        assert_eq!(refused(&"<a>".repeat(1 << 20)), Code::InvalidXmlDocument);
        assert_eq!(refused(&"<a xmlns:p='q'><!--></a>-->".repeat(1 << 18)), Code::InvalidXmlDocument);
        assert_eq!(refused(&"<a b='></a>'>".repeat(1 << 18)), Code::InvalidXmlDocument);
    }

    #[test]
    fn refuses_a_tag_of_a_million_attributes_at_once() {
        let attributes: String = (0..1 << 20).map(|at| format!("a{at:x}='' ")).collect();
        assert_eq!(refused(&format!("<BlockList {attributes}/>")), Code::InvalidXmlDocument);
    }
}
