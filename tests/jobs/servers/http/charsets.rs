//! Pages in many charsets.

/// A page in a charset.
pub struct Charset {
    pub name: &'static str,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
    /// The text of the bytes, without the byte order mark.
    pub text: &'static str,
}

const fn charset(
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    text: &'static str,
) -> Charset {
    Charset {
        name,
        content_type,
        bytes,
        text,
    }
}

/// The pages under `/charset/`.
#[rustfmt::skip]
pub const CHARSETS: &[Charset] = &[
    charset("gbk", "text/plain; charset=gbk", b"\xc4\xe3\xba\xc3\xa3\xac\xca\xc0\xbd\xe7\n", "你好，世界\n"),
    charset("big5", "text/plain; charset=big5", b"\xb1z\xa6n\xa1A\xa5@\xac\xc9\n", "您好，世界\n"),
    charset("shift_jis", "text/plain; charset=\"Shift_JIS\"", b"\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd\x90\xa2\x8aE\n", "こんにちは世界\n"),
    charset("utf-8", "text/plain; charset=UTF-8", "你好, wörld\n".as_bytes(), "你好, wörld\n"),
    charset("latin1", "text/plain; charset=ISO-8859-1", b"cr\xe8me br\xfbl\xe9e\n", "crème brûlée\n"),
    charset("none", "text/plain", "你好, wörld\n".as_bytes(), "你好, wörld\n"),
    // Only the page itself names the charset.
    charset("none-but-meta", "text/html", b"<html><head><meta charset=gbk></head><body>\xc4\xe3\xba\xc3</body></html>\n", "<html><head><meta charset=gbk></head><body>你好</body></html>\n"),
    // A byte order mark beats the header.
    charset("bom", "text/plain; charset=gbk", b"\xef\xbb\xbf\xe4\xbd\xa0\xe5\xa5\xbd\n", "你好\n"),
    charset("bom-utf-16", "text/plain", b"\xff\xfe`O}Y,\0 \0w\0\xf6\0r\0l\0d\0\n\0", "你好, wörld\n"),
    charset("unknown", "text/plain; charset=klingon", b"nuqneH\n", "nuqneH\n"),
];
