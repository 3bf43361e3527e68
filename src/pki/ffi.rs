//! The calls into OpenSSL that the `openssl` crate does not wrap, one function a call.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_long, c_uchar, c_ulong};
use std::sync::Once;

use openssl::hash::MessageDigest;
use openssl::x509::X509NameRef;
use openssl_sys as sys;

/// `OPENSSL_INIT_NO_LOAD_CONFIG` of `openssl/crypto.h`.
const INIT_NO_LOAD_CONFIG: u64 = 0x0000_0080;
/// `XN_FLAG_ONELINE` of `openssl/x509.h`, with the values that OpenSSL 3.0 gives it:
/// `O = Istio, CN = Root CA`.
pub const XN_FLAG_ONELINE: c_ulong = 0x0082_031F;

unsafe extern "C" {
    fn X509_NAME_print_ex(
        out: *mut sys::BIO,
        name: *const sys::X509_NAME,
        indent: c_int,
        flags: c_ulong,
    ) -> c_int;
}

/// Starts OpenSSL without any configuration file: what an `OPENSSL_CONF` in the environment says
/// must not change what is signed or accepted. It has to come before every other call into OpenSSL.
pub fn start() {
    static START: Once = Once::new();
    START.call_once(|| {
        // SAFETY: no pointers are passed but the null that stands for "default settings"; the
        // call is the first into OpenSSL, and `Once` keeps it from running twice at a time.
        let started = unsafe {
            sys::OPENSSL_init_ssl(
                INIT_NO_LOAD_CONFIG | sys::OPENSSL_INIT_NO_ATEXIT,
                std::ptr::null(),
            )
        };
        assert_eq!(started, 1, "OpenSSL does not start");
    });
}

/// A name on one line, as `openssl x509 -nameopt oneline` prints it.
pub fn oneline(name: &X509NameRef) -> String {
    use foreign_types::ForeignTypeRef;

    let mut out = MemoryBio::new();
    // SAFETY: the name outlives the call by its lifetime; the BIO is owned here.
    unsafe { X509_NAME_print_ex(out.0, name.as_ptr(), 0, XN_FLAG_ONELINE) };
    crate::escape::bytes(out.contents())
}

/// What OpenSSL writes to, in memory.
struct MemoryBio(*mut sys::BIO);

impl MemoryBio {
    fn new() -> Self {
        // SAFETY: no pointers are passed but the method, which is static.
        let bio = unsafe { sys::BIO_new(sys::BIO_s_mem()) };
        assert!(!bio.is_null(), "out of memory");
        Self(bio)
    }

    /// What has been written.
    fn contents(&mut self) -> &[u8] {
        let mut data: *mut c_char = std::ptr::null_mut();
        // SAFETY: the BIO is valid until drop, and is not written to while the slice, which
        // borrows `self`, lives; the slice is within the length that OpenSSL states.
        unsafe {
            let length = sys::BIO_get_mem_data(self.0, &raw mut data);
            match usize::try_from(length) {
                Ok(length) if !data.is_null() => {
                    std::slice::from_raw_parts(data.cast::<u8>(), length)
                }
                _ => &[],
            }
        }
    }
}

impl Drop for MemoryBio {
    fn drop(&mut self) {
        // SAFETY: made in `new`, freed here alone.
        unsafe { sys::BIO_free_all(self.0) };
    }
}

// What follows prints, for `text.rs`. It leaves OpenSSL's own initialization aside where it can:
// that costs more than to print a certificate.

/// The flags of `X509_NAME_print_ex`.
pub type NameFlags = c_ulong;

unsafe extern "C" {
    fn d2i_X509_AUX(
        out: *mut *mut sys::X509,
        der: *mut *const c_uchar,
        length: c_long,
    ) -> *mut sys::X509;
    fn d2i_X509_EXTENSION(
        out: *mut *mut sys::X509_EXTENSION,
        der: *mut *const c_uchar,
        length: c_long,
    ) -> *mut sys::X509_EXTENSION;
    fn X509_print_ex(
        out: *mut sys::BIO,
        certificate: *mut sys::X509,
        name_flags: c_ulong,
        flags: c_ulong,
    ) -> c_int;
    fn X509_REQ_print_ex(
        out: *mut sys::BIO,
        request: *mut sys::X509_REQ,
        name_flags: c_ulong,
        flags: c_ulong,
    ) -> c_int;
    fn X509_CRL_print_ex(out: *mut sys::BIO, crl: *mut sys::X509_CRL, name_flags: c_ulong)
    -> c_int;
    fn X509_NAME_oneline(
        name: *const sys::X509_NAME,
        buffer: *mut c_char,
        length: c_int,
    ) -> *mut c_char;
    fn X509V3_extensions_print(
        out: *mut sys::BIO,
        title: *const c_char,
        extensions: *const sys::stack_st_X509_EXTENSION,
        flags: c_ulong,
        indent: c_int,
    ) -> c_int;
    fn OBJ_txt2nid(text: *const c_char) -> c_int;
    fn i2a_ASN1_INTEGER(out: *mut sys::BIO, integer: *const sys::ASN1_INTEGER) -> c_int;
}

/// A certificate that OpenSSL has read.
pub struct ReadCertificate(*mut sys::X509);

/// A decoder of OpenSSL's.
type Decode<T> = unsafe extern "C" fn(*mut *mut T, *mut *const c_uchar, c_long) -> *mut T;

/// What `decode` makes of the value at the start of `der`.
fn decoded<T>(decode: Decode<T>, der: &[u8]) -> Option<*mut T> {
    let mut at = der.as_ptr();
    let length = c_long::try_from(der.len()).ok()?;
    // SAFETY: the decoder reads within `length` octets from `at`; null asks for a new object.
    let read = unsafe { decode(std::ptr::null_mut(), &raw mut at, length) };
    if read.is_null() {
        // Nobody asks why, and the queue is what a failing print would show.
        // SAFETY: it empties this thread's queue.
        unsafe { sys::ERR_clear_error() };
        return None;
    }
    Some(read)
}

impl ReadCertificate {
    /// The certificate at the start of `der`, with OpenSSL's trust settings, if they follow it. In
    /// a TRUSTED CERTIFICATE they have to.
    pub fn new(der: &[u8], is_trusted: bool) -> Option<Self> {
        decoded(d2i_X509_AUX, der)
            .or_else(|| (!is_trusted).then(|| decoded(sys::d2i_X509, der)).flatten())
            .map(Self)
    }

    /// `openssl x509 -text`.
    pub fn text(&self, name_flags: NameFlags) -> Vec<u8> {
        let mut out = MemoryBio::new();
        // SAFETY: both are valid and owned. A print that fails midway has printed what it could.
        unsafe { X509_print_ex(out.0, self.0, name_flags, 0) };
        out.contents().to_vec()
    }

    /// `openssl x509 -serial`.
    pub fn serial(&self) -> Vec<u8> {
        let mut out = MemoryBio::new();
        // SAFETY: the serial number belongs to the certificate, which outlives the call.
        unsafe { i2a_ASN1_INTEGER(out.0, sys::X509_get_serialNumber(self.0)) };
        out.contents().to_vec()
    }

    /// `openssl x509 -startdate` and `-enddate`.
    pub fn dates(&self) -> [Vec<u8>; 2] {
        // SAFETY: the times belong to the certificate, which outlives the calls.
        let times = unsafe {
            [
                sys::X509_getm_notBefore(self.0),
                sys::X509_getm_notAfter(self.0),
            ]
        };
        times.map(|time| {
            let mut out = MemoryBio::new();
            // SAFETY: as above.
            unsafe { sys::ASN1_TIME_print(out.0, time) };
            out.contents().to_vec()
        })
    }

    /// The digest of the certificate as OpenSSL encodes it.
    pub fn digest(&self, digest: MessageDigest) -> Vec<u8> {
        /// `EVP_MAX_MD_SIZE` of `openssl/evp.h`.
        const LONGEST: usize = 64;

        let mut octets = [0; LONGEST];
        let mut length = 0;
        // SAFETY: the certificate is valid; the buffer takes the longest digest there is.
        let done = unsafe {
            let octets = octets.as_mut_ptr();
            sys::X509_digest(self.0, digest.as_ptr(), octets, &raw mut length)
        };
        let length = usize::try_from(length).unwrap_or(0).min(LONGEST);
        if done == 1 {
            octets[..length].to_vec()
        } else {
            Vec::new()
        }
    }

    /// `openssl x509 -ext`: the extensions with these short names. `None` if there are no
    /// extensions at all, empty if none of them is asked for.
    pub fn extensions(&self, names: &[&str]) -> Option<Vec<u8>> {
        let mut out = MemoryBio::new();
        // SAFETY: the extensions belong to the certificate, which outlives the calls; the stack is
        // made here, borrows them, and is freed here without them; short names are static strings.
        unsafe {
            let count = sys::X509_get_ext_count(self.0);
            if count <= 0 {
                return None;
            }
            let wanted = sys::OPENSSL_sk_new_null();
            assert!(!wanted.is_null(), "out of memory");
            for index in 0..count {
                let extension = sys::X509_get_ext(self.0, index);
                let nid = sys::OBJ_obj2nid(sys::X509_EXTENSION_get_object(extension));
                let short_name = sys::OBJ_nid2sn(nid);
                if nid == sys::NID_undef || short_name.is_null() {
                    continue;
                }
                let short_name = CStr::from_ptr(short_name).to_bytes();
                if names.iter().any(|name| name.as_bytes() == short_name) {
                    sys::OPENSSL_sk_push(wanted, extension.cast());
                }
            }
            if sys::OPENSSL_sk_num(wanted) > 0 {
                X509V3_extensions_print(out.0, std::ptr::null(), wanted.cast(), 0, 0);
            }
            sys::OPENSSL_sk_free(wanted);
        }
        Some(out.contents().to_vec())
    }
}

impl Drop for ReadCertificate {
    fn drop(&mut self) {
        // SAFETY: owned, and freed here alone.
        unsafe { sys::X509_free(self.0) };
    }
}

/// `openssl req -text`, if `der` begins with a request.
pub fn request_text(der: &[u8], name_flags: NameFlags) -> Option<Vec<u8>> {
    let request = decoded(sys::d2i_X509_REQ, der)?;
    let mut out = MemoryBio::new();
    // SAFETY: both are valid and owned; the request is freed here alone.
    unsafe {
        X509_REQ_print_ex(out.0, request, name_flags, 0);
        sys::X509_REQ_free(request);
    }
    Some(out.contents().to_vec())
}

/// `openssl crl -text`, if `der` begins with a CRL.
pub fn crl_text(der: &[u8], name_flags: NameFlags) -> Option<Vec<u8>> {
    let crl = decoded(sys::d2i_X509_CRL, der)?;
    let mut out = MemoryBio::new();
    // SAFETY: both are valid and owned; the CRL is freed here alone.
    unsafe {
        X509_CRL_print_ex(out.0, crl, name_flags);
        sys::X509_CRL_free(crl);
    }
    Some(out.contents().to_vec())
}

/// The Name `der` as the `openssl` program prints it after `subject=`.
pub fn name_text(der: &[u8], name_flags: NameFlags, indent: c_int) -> Option<Vec<u8>> {
    let name = decoded(sys::d2i_X509_NAME, der)?;
    let mut out = MemoryBio::new();
    // SAFETY: both are valid and owned; the name, and the string that `X509_NAME_oneline`
    // allocates, are freed here alone.
    let oneline = unsafe {
        let mut oneline = None;
        if name_flags == 0 {
            let line = X509_NAME_oneline(name, std::ptr::null_mut(), 0);
            if !line.is_null() {
                oneline = Some(CStr::from_ptr(line).to_bytes().to_vec());
                sys::CRYPTO_free(line.cast(), c"ffi.rs".as_ptr(), 0);
            }
        } else {
            X509_NAME_print_ex(out.0, name, indent, name_flags);
        }
        sys::X509_NAME_free(name);
        oneline
    };
    Some(oneline.unwrap_or_else(|| out.contents().to_vec()))
}

/// Whether OpenSSL shows the Extension `der` by its octets, because it does not know its kind or
/// cannot read it. `None` if it is no extension.
pub fn shows_octets_of(der: &[u8]) -> Option<bool> {
    let extension = decoded(d2i_X509_EXTENSION, der)?;
    let out = MemoryBio::new();
    // SAFETY: both are valid and owned; the extension is freed here alone.
    let is_printed = unsafe {
        let is_printed = sys::X509V3_EXT_print(out.0, extension, 0, 0);
        sys::X509_EXTENSION_free(extension);
        sys::ERR_clear_error();
        is_printed
    };
    Some(is_printed == 0)
}

/// OpenSSL's short name of the object identifier `dotted`, if it has one.
pub fn short_name(dotted: &str) -> Option<String> {
    let dotted = CString::new(dotted).ok()?;
    // SAFETY: the string ends with NUL and outlives the call; the name is a static string.
    unsafe {
        let nid = OBJ_txt2nid(dotted.as_ptr());
        if nid == sys::NID_undef {
            sys::ERR_clear_error();
            return None;
        }
        let name = sys::OBJ_nid2sn(nid);
        (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
    }
}
