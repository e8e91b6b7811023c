//! gzip of requests and responses.

use std::io::{Read as _, Write as _};

use bytes::Bytes;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use http::{HeaderMap, header};

use crate::api::errors::{ApiError, Code};

/// Maximum size of a request: far more than any cluster needs.
const LARGEST: u64 = 4 << 20;

/// The content of a request.
pub(crate) fn decompress(body: &Bytes) -> Result<Bytes, ApiError> {
    let mut content = Vec::new();
    let read = GzDecoder::new(&body[..]).take(LARGEST + 1).read_to_end(&mut content);
    match read {
        Err(error) => Err(ApiError::new(Code::InvalidArgument, format!("decompress: {error}"))),
        Ok(size) if size as u64 > LARGEST => {
            let message = format!("message is larger than configured max {LARGEST}");
            Err(ApiError::new(Code::ResourceExhausted, message))
        }
        Ok(_) => Ok(content.into()),
    }
}

/// Whether the client reads gzip.
pub(crate) fn is_accepted(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut names = accepted.flat_map(|value| value.split(','));
    names.any(|name| name.split(';').next().is_some_and(|name| name.trim() == "gzip"))
}

/// The compressed message.
pub(crate) fn compress(message: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(message)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, header};

    use super::{Code, LARGEST, compress, decompress, is_accepted};

    #[test]
    fn what_was_compressed_is_read_again() {
        let compressed = compress(b"a message").unwrap();
        assert_eq!(decompress(&compressed.into()).unwrap(), b"a message"[..]);
    }

    #[test]
    fn what_is_not_gzip_or_too_large_is_refused() {
        let plain = decompress(&Bytes::from_static(b"plain")).unwrap_err();
        assert_eq!(plain.code, Code::InvalidArgument);
        let size = usize::try_from(LARGEST).unwrap() + 1;
        let large = compress(&vec![0; size]).unwrap();
        assert_eq!(decompress(&large.into()).unwrap_err().code, Code::ResourceExhausted);
    }

    #[test]
    fn gzip_is_one_of_several_encodings() {
        let accepts = |value: &'static str| {
            is_accepted(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        assert!(accepts("gzip"));
        assert!(accepts("br, gzip;q=0.5"));
        assert!(!accepts("br"));
        assert!(!is_accepted(&HeaderMap::new()));
    }
}
