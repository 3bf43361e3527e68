//! The calls into OpenSSL that the `openssl` crate does not wrap, one function a call.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int, c_long, c_uchar, c_ulong, c_void};
use std::sync::{Arc, Once, OnceLock};

use foreign_types::{ForeignType, ForeignTypeRef};
use openssl::asn1::Asn1Object;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::stack::StackRef;
use openssl::symm::Cipher;
use openssl::x509::store::X509StoreBuilderRef;
use openssl::x509::verify::X509VerifyParamRef;
use openssl::x509::{X509, X509Crl, X509NameRef, X509StoreContextRef};
use openssl_sys as sys;

/// `OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS` of `openssl/crypto.h`.
const INIT_NO_LOAD_CRYPTO_STRINGS: u64 = 0x0000_0001;
/// `OPENSSL_INIT_NO_ADD_ALL_CIPHERS` of `openssl/crypto.h`.
const INIT_NO_ADD_ALL_CIPHERS: u64 = 0x0000_0010;
/// `OPENSSL_INIT_NO_ADD_ALL_DIGESTS` of `openssl/crypto.h`.
const INIT_NO_ADD_ALL_DIGESTS: u64 = 0x0000_0020;
/// `OPENSSL_INIT_NO_LOAD_CONFIG` of `openssl/crypto.h`.
const INIT_NO_LOAD_CONFIG: u64 = 0x0000_0080;
/// `XN_FLAG_ONELINE` of `openssl/x509.h`, with the values that OpenSSL 3.0 gives it:
/// `O = Istio, CN = Root CA`.
pub const XN_FLAG_ONELINE: c_ulong = 0x0082_031F;

unsafe extern "C" {
    fn OPENSSL_init_crypto(options: u64, settings: *const c_void) -> c_int;
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
    start_without(0);
    take_over_names();
}

/// As [`start`], for who reads certificates, requests and CRLs, and keys only to name them. OpenSSL
/// would load its words for more than a thousand errors, of which few are ever told here, and then
/// after [`load_error_texts`]; list its digests by all their names, instead of
/// [`name_usual_digests`]; and set up all its algorithms when it first needs one, instead of
/// [`few_algorithms`].
pub fn start_to_read() {
    start_without(INIT_NO_LOAD_CRYPTO_STRINGS | INIT_NO_ADD_ALL_DIGESTS);
    READS_ONLY.set(()).ok();
}

/// There since [`start_to_read`].
static READS_ONLY: OnceLock<()> = OnceLock::new();

fn start_without(left_out: u64) {
    static START: Once = Once::new();
    START.call_once(|| {
        // A start takes about as long as to verify a certificate, so there is as little of it as
        // will do. No cipher is looked up by its old name, which alone are many hundreds; without
        // TLS there is no need for OPENSSL_init_ssl, which the openssl crate would call.
        let options = INIT_NO_LOAD_CONFIG | INIT_NO_ADD_ALL_CIPHERS | sys::OPENSSL_INIT_NO_ATEXIT;
        // SAFETY: no pointers are passed but the null that stands for "default settings"; the
        // call is the first into OpenSSL, and `Once` keeps it from running twice at a time. What
        // `assume_init` asks for has just been done.
        let started = unsafe {
            let started = OPENSSL_init_crypto(options | left_out, std::ptr::null());
            sys::assume_init();
            started
        };
        assert_eq!(started, 1, "OpenSSL does not start");
    });
}

unsafe extern "C" {
    fn ERR_load_ERR_strings() -> c_int;
    fn ERR_load_CRYPTO_strings() -> c_int;
    fn ERR_load_BN_strings() -> c_int;
    fn ERR_load_RSA_strings() -> c_int;
    fn ERR_load_EC_strings() -> c_int;
    fn ERR_load_EVP_strings() -> c_int;
    fn ERR_load_OBJ_strings() -> c_int;
    fn ERR_load_ASN1_strings() -> c_int;
    fn ERR_load_BIO_strings() -> c_int;
    fn ERR_load_X509_strings() -> c_int;
    fn ERR_load_X509V3_strings() -> c_int;
}

/// Loads OpenSSL's words for the errors of those of its parts that read certificates and verify
/// them: [`start_to_read`] leaves that out. They have to be there before an error is told.
pub fn load_error_texts() {
    static LOAD: Once = Once::new();
    LOAD.call_once(|| {
        // SAFETY: these functions add constant tables to one that OpenSSL guards with a lock. What
        // they fail on is errors without words, which is told where words are wanted.
        unsafe {
            ERR_load_ERR_strings();
            ERR_load_CRYPTO_strings();
            ERR_load_BN_strings();
            ERR_load_RSA_strings();
            ERR_load_EC_strings();
            ERR_load_EVP_strings();
            ERR_load_OBJ_strings();
            ERR_load_ASN1_strings();
            ERR_load_BIO_strings();
            ERR_load_X509_strings();
            ERR_load_X509V3_strings();
        }
    });
}

unsafe extern "C" {
    fn EVP_add_digest(digest: *const sys::EVP_MD) -> c_int;
    fn EVP_sha512_224() -> *const sys::EVP_MD;
    fn EVP_sha512_256() -> *const sys::EVP_MD;
    fn EVP_sm3() -> *const sys::EVP_MD;
}

/// Has OpenSSL know the digests of usual signatures by their names: it asks for them when it is to
/// say how strong a signature is. [`start_to_read`] leaves that out.
pub fn name_usual_digests() {
    static NAME: Once = Once::new();
    NAME.call_once(|| {
        // SAFETY: the digests are static, and OpenSSL guards the list of names with a lock.
        unsafe {
            for digest in [sys::EVP_sha256(), sys::EVP_sha384(), sys::EVP_sha512()] {
                EVP_add_digest(digest);
            }
        }
    });
}

/// As [`name_usual_digests`], with all digests: by the names that RSASSA-PSS gives them, too, in keys
/// and in signatures.
fn name_digests() {
    static NAME: Once = Once::new();
    NAME.call_once(|| {
        // SAFETY: the digests are static, and OpenSSL guards the list of names with a lock.
        unsafe {
            for digest in [
                sys::EVP_md5(),
                sys::EVP_sha1(),
                sys::EVP_ripemd160(),
                sys::EVP_sha224(),
                sys::EVP_sha256(),
                sys::EVP_sha384(),
                sys::EVP_sha512(),
                EVP_sha512_224(),
                EVP_sha512_256(),
                EVP_sm3(),
                sys::EVP_sha3_224(),
                sys::EVP_sha3_256(),
                sys::EVP_sha3_384(),
                sys::EVP_sha3_512(),
                sys::EVP_shake128(),
                sys::EVP_shake256(),
            ] {
                EVP_add_digest(digest);
            }
        }
    });
}

unsafe extern "C" {
    fn EVP_add_cipher(cipher: *const sys::EVP_CIPHER) -> c_int;
}

/// Has OpenSSL know `ciphers` by the names that PEM headers give them: [`start`] leaves that out.
pub fn name_ciphers(ciphers: &[Cipher]) {
    static NAME: Once = Once::new();
    NAME.call_once(|| {
        for cipher in ciphers {
            // SAFETY: the cipher is static, and `Once` keeps two from being added at a time. What
            // it fails on is a cipher that it then does not know, which is told where it is wanted.
            unsafe { EVP_add_cipher(cipher.as_ptr()) };
        }
    });
}

/// A name on one line, as `openssl x509 -nameopt oneline` prints it.
pub fn oneline(name: &X509NameRef) -> String {
    crate::escape::bytes(&name_lines(name, XN_FLAG_ONELINE))
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
    fn ASN1_item_d2i_ex(
        out: *mut *mut c_void,
        der: *mut *const c_uchar,
        length: c_long,
        item: *const c_void,
        context: *mut sys::OSSL_LIB_CTX,
        properties: *const c_char,
    ) -> *mut c_void;
    fn X509_it() -> *const c_void;
    fn X509_new_ex(context: *mut sys::OSSL_LIB_CTX, properties: *const c_char) -> *mut sys::X509;
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
    all_algorithms();
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

/// A library context of OpenSSL's that has no algorithms; it lives to the end of the process.
struct EmptyContext(*mut sys::OSSL_LIB_CTX);

// SAFETY: OpenSSL guards what is in a library context; here it is passed on alone.
unsafe impl Send for EmptyContext {}
// SAFETY: as above.
unsafe impl Sync for EmptyContext {}

impl EmptyContext {
    fn new() -> Option<Self> {
        // SAFETY: the context is made and checked here, and never freed; the name ends with NUL.
        unsafe {
            let context = sys::OSSL_LIB_CTX_new();
            if context.is_null() {
                return None;
            }
            // The provider `null` has nothing, and keeps OpenSSL from loading the default one.
            let provider = sys::OSSL_PROVIDER_load(context, c"null".as_ptr());
            (!provider.is_null()).then_some(Self(context))
        }
    }

    /// The certificate at the start of `der`, read in this context. The caller owns it.
    fn certificate(&self, der: &[u8]) -> Option<*mut sys::X509> {
        let mut at = der.as_ptr();
        let length = c_long::try_from(der.len()).ok()?;
        // SAFETY: the certificate is new, of the kind that `X509_it` describes, and of this context;
        // the decoder reads within `length` octets from `at`. Where it fails, it frees what it was
        // given, and leaves null.
        let read = unsafe {
            let mut new = X509_new_ex(self.0, std::ptr::null());
            assert!(!new.is_null(), "out of memory");
            let out = (&raw mut new).cast();
            ASN1_item_d2i_ex(
                out,
                &raw mut at,
                length,
                X509_it(),
                self.0,
                std::ptr::null(),
            )
        };
        if read.is_null() {
            // SAFETY: it empties this thread's queue.
            unsafe { sys::ERR_clear_error() };
            return None;
        }
        Some(read.cast())
    }
}

impl ReadCertificate {
    /// The certificate at the start of `der`, with OpenSSL's trust settings, if they follow it. In
    /// a TRUSTED CERTIFICATE they have to.
    pub fn new(der: &[u8], is_trusted: bool) -> Option<Self> {
        decoded(d2i_X509_AUX, der)
            .or_else(|| (!is_trusted).then(|| decoded(sys::d2i_X509, der)).flatten())
            .map(Self)
    }

    /// The certificate at the start of `der`, with no more of its public key than the octets.
    pub fn without_key(der: &[u8]) -> Option<Self> {
        static CONTEXT: OnceLock<Option<EmptyContext>> = OnceLock::new();

        // There is nothing to look through for the key's algorithm.
        let context = CONTEXT.get_or_init(EmptyContext::new);
        context.as_ref()?.certificate(der).map(Self)
    }

    /// As [`ReadCertificate::text`], with the lines `key` for the public key's.
    pub fn text_with_key(&self, name_flags: NameFlags, key: &[u8]) -> Vec<u8> {
        /// `X509_FLAG_NO_HEADER` to `X509_FLAG_NO_SUBJECT` of `openssl/x509.h`: what stands in
        /// front of the key.
        const NO_HEAD: c_ulong = 0x007F;
        /// `X509_FLAG_NO_PUBKEY`.
        const NO_KEY: c_ulong = 0x0080;
        /// `X509_FLAG_NO_EXTENSIONS`, `NO_SIGDUMP`, `NO_AUX` and `NO_IDS`: what stands behind it.
        const NO_TAIL: c_ulong = 0x1700;

        let print = |flags| {
            let mut out = MemoryBio::new();
            // SAFETY: both are valid and owned.
            let done = unsafe { X509_print_ex(out.0, self.0, name_flags, NO_KEY | flags) };
            (done == 1, out.contents().to_vec())
        };
        let (is_whole, mut text) = print(NO_TAIL);
        // A print that fails midway has printed what it could.
        if is_whole {
            text.extend(key);
            text.extend(print(NO_HEAD).1);
        }
        text
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
        let mut octets = std::ptr::null_mut();
        // SAFETY: the certificate is valid; null asks for a buffer, which is then ours.
        let length = unsafe { sys::i2d_X509(self.0, &raw mut octets) };
        let Ok(length) = usize::try_from(length) else {
            return Vec::new();
        };
        // Not X509_digest: it may take any digest for SHA-1 where none has a name yet.
        // SAFETY: the buffer has this length, and is freed once.
        let digest = unsafe {
            let digest = openssl::hash::hash(digest, std::slice::from_raw_parts(octets, length));
            sys::OPENSSL_free(octets.cast());
            digest
        };
        digest.map_or_else(|_| Vec::new(), |digest| digest.to_vec())
    }

    /// `openssl x509 -ext`: the extensions with the short names in `list`. `None` if there are no
    /// extensions whose names are any part of it, which OpenSSL looks at first; empty if none has
    /// just such a name.
    pub fn extensions(&self, list: &str) -> Option<Vec<u8>> {
        let mut are_any = false;
        let mut out = MemoryBio::new();
        // SAFETY: the extensions belong to the certificate, which outlives the calls; the stack is
        // made here, borrows them, and is freed here without them.
        unsafe {
            let count = sys::X509_get_ext_count(self.0);
            let wanted = sys::OPENSSL_sk_new_null();
            assert!(!wanted.is_null(), "out of memory");
            for index in 0..count {
                let extension = sys::X509_get_ext(self.0, index);
                let Some((nid, short_name)) = name_of(extension) else {
                    continue;
                };
                are_any |= memchr::memmem::find(list.as_bytes(), short_name).is_some();
                if nid == sys::NID_undef {
                    continue;
                }
                // As often as it is named.
                for name in list.split(',') {
                    if name.as_bytes() == short_name {
                        sys::OPENSSL_sk_push(wanted, extension.cast());
                    }
                }
            }
            if sys::OPENSSL_sk_num(wanted) > 0 {
                X509V3_extensions_print(out.0, std::ptr::null(), wanted.cast(), 0, 0);
            }
            sys::OPENSSL_sk_free(wanted);
        }
        are_any.then(|| out.contents().to_vec())
    }

    /// Takes away the extensions whose short names are no part of `list`, as `openssl x509 -ext` does
    /// before it prints anything.
    pub fn keep_extensions(&mut self, list: &str) {
        // SAFETY: the extensions belong to the certificate; one that is taken out is freed once.
        unsafe {
            for index in (0..sys::X509_get_ext_count(self.0)).rev() {
                let name = name_of(sys::X509_get_ext(self.0, index));
                let is_part = |name: &[u8]| memchr::memmem::find(list.as_bytes(), name).is_some();
                if name.is_some_and(|(_, short_name)| !is_part(short_name)) {
                    sys::X509_EXTENSION_free(sys::X509_delete_ext(self.0, index));
                }
            }
        }
    }
}

/// What OpenSSL calls the kind of an extension: by number, and by short name.
///
/// # Safety
///
/// `extension` is one.
unsafe fn name_of(extension: *mut sys::X509_EXTENSION) -> Option<(c_int, &'static [u8])> {
    // SAFETY: as above; short names are static strings.
    unsafe {
        let nid = sys::OBJ_obj2nid(sys::X509_EXTENSION_get_object(extension));
        let short_name = sys::OBJ_nid2sn(nid);
        (!short_name.is_null()).then(|| (nid, CStr::from_ptr(short_name).to_bytes()))
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

/// How OpenSSL shows the value of an Extension.
pub enum ShownExtension {
    /// By its octets: its kind is not known, or it cannot be read.
    Octets,
    Text(Vec<u8>),
}

/// How OpenSSL shows the Extension `der`. `None` if it is no extension.
pub fn extension(der: &[u8]) -> Option<ShownExtension> {
    /// Without one OpenSSL takes some extensions for unprintable: nothing is printed in front.
    const INDENT: c_int = 1;

    let extension = decoded(d2i_X509_EXTENSION, der)?;
    let mut out = MemoryBio::new();
    // SAFETY: both are valid and owned; the extension is freed here alone.
    let is_printed = unsafe {
        let is_printed = sys::X509V3_EXT_print(out.0, extension, 0, INDENT);
        sys::X509_EXTENSION_free(extension);
        sys::ERR_clear_error();
        is_printed
    };
    Some(match is_printed {
        0 => ShownExtension::Octets,
        _ => ShownExtension::Text(out.contents().to_vec()),
    })
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

// What follows verifies, for `verify.rs`.

/// Types of `openssl/x509.h` and `openssl/x509v3.h` that are only ever pointed at.
type PolicyTree = c_void;
type PolicyNode = c_void;
type PolicyNodes = sys::OPENSSL_STACK;

unsafe extern "C" {
    fn X509_STORE_add_crl(store: *mut sys::X509_STORE, crl: *mut sys::X509_CRL) -> c_int;
    fn X509_VERIFY_PARAM_lookup(name: *const c_char) -> *const sys::X509_VERIFY_PARAM;
    fn X509_VERIFY_PARAM_set1(
        to: *mut sys::X509_VERIFY_PARAM,
        from: *const sys::X509_VERIFY_PARAM,
    ) -> c_int;
    fn X509_VERIFY_PARAM_add0_policy(
        parameters: *mut sys::X509_VERIFY_PARAM,
        policy: *mut sys::ASN1_OBJECT,
    ) -> c_int;
    fn X509_STORE_CTX_set_verify_cb(
        context: *mut sys::X509_STORE_CTX,
        callback: extern "C" fn(c_int, *mut sys::X509_STORE_CTX) -> c_int,
    );
    fn X509_STORE_CTX_set0_crls(
        context: *mut sys::X509_STORE_CTX,
        crls: *mut sys::stack_st_X509_CRL,
    );
    fn X509_STORE_CTX_set0_trusted_stack(
        context: *mut sys::X509_STORE_CTX,
        trusted: *mut sys::stack_st_X509,
    );
    fn X509_STORE_CTX_get0_parent_ctx(
        context: *const sys::X509_STORE_CTX,
    ) -> *mut sys::X509_STORE_CTX;
    fn X509_STORE_CTX_get_num_untrusted(context: *const sys::X509_STORE_CTX) -> c_int;
    fn X509_STORE_CTX_get_explicit_policy(context: *const sys::X509_STORE_CTX) -> c_int;
    fn X509_STORE_CTX_get0_policy_tree(context: *const sys::X509_STORE_CTX) -> *mut PolicyTree;
    fn X509_policy_tree_get0_policies(tree: *const PolicyTree) -> *mut PolicyNodes;
    fn X509_policy_tree_get0_user_policies(tree: *const PolicyTree) -> *mut PolicyNodes;
    fn X509_POLICY_NODE_print(out: *mut sys::BIO, node: *mut PolicyNode, indent: c_int);
}

// What follows is a provider of few algorithms. The first time that OpenSSL needs one algorithm, it
// sets up all that its default provider has of the kind, many of them for keys that hardly any
// certificate has, and that takes longer than a verification.

/// `OSSL_ALGORITHM` of `openssl/core.h`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Algorithm {
    names: *const c_char,
    properties: *const c_char,
    implementation: *const c_void,
    description: *const c_char,
}

/// `OSSL_DISPATCH` of `openssl/core.h`, with the one function that is needed.
#[repr(C)]
struct Dispatch {
    id: c_int,
    query: Option<QueryOperation>,
}

type QueryOperation = unsafe extern "C" fn(*mut c_void, c_int, *mut c_int) -> *const Algorithm;
type InitProvider = unsafe extern "C" fn(
    *const c_void,
    *const Dispatch,
    *mut *const Dispatch,
    *mut *mut c_void,
) -> c_int;

unsafe extern "C" {
    fn OSSL_PROVIDER_add_builtin(
        context: *mut sys::OSSL_LIB_CTX,
        name: *const c_char,
        init: InitProvider,
    ) -> c_int;
    fn OSSL_PROVIDER_get0_provider_ctx(provider: *const sys::OSSL_PROVIDER) -> *mut c_void;
    fn OSSL_PROVIDER_query_operation(
        provider: *const sys::OSSL_PROVIDER,
        operation: c_int,
        no_cache: *mut c_int,
    ) -> *const Algorithm;
    fn EVP_MD_is_a(digest: *const sys::EVP_MD, name: *const c_char) -> c_int;
}

/// The operations of which algorithms are taken over, as `openssl/core_dispatch.h` numbers them,
/// and the first name of each of these.
const USUAL: [(c_int, &[&CStr]); 4] = [
    (1, &[c"SHA1", c"SHA2-256", c"SHA2-384", c"SHA2-512"]), // OSSL_OP_DIGEST
    (10, &[c"RSA", c"EC"]),                                 // OSSL_OP_KEYMGMT
    (12, &[c"RSA", c"ECDSA"]),                              // OSSL_OP_SIGNATURE
    (DECODER, &[c"RSA", c"EC", c"DER"]),
];
/// `OSSL_OP_DECODER`: of decoders, those of a certificate's key alone.
const DECODER: c_int = 21;

/// The algorithms of the default provider that are in [`USUAL`], in lists as OpenSSL has them.
struct Usual {
    provider_context: *mut c_void,
    lists: [Vec<Algorithm>; USUAL.len()],
}

// SAFETY: filled before anybody else sees it, and from then on only read. What it points to is
// static, or belongs to the default provider, which OpenSSL keeps to the end of the process.
unsafe impl Send for Usual {}
// SAFETY: as above.
unsafe impl Sync for Usual {}

static ALGORITHMS: OnceLock<Usual> = OnceLock::new();
static ALL: Once = Once::new();

/// Has OpenSSL take over the names of all digests and keys that it knows. When it first compares a
/// name, which it does for each certificate, it does so by itself: but then a second thread may come
/// upon the list half done, and not know a key.
fn take_over_names() {
    static TAKE_OVER: Once = Once::new();
    TAKE_OVER.call_once(|| {
        // SAFETY: the digest is static, and the name ends with NUL.
        unsafe { EVP_MD_is_a(sys::EVP_sha1(), c"SHA1".as_ptr()) };
    });
}

/// Before a certificate is read whose key and signature are of the usual kinds: of the algorithms
/// OpenSSL sets up these alone, unless it had to set up [`all_algorithms`] before, or has more to do
/// than to read. No other thread may be at work with OpenSSL, neither now nor when all are set up:
/// who reads on several threads asks for all of them before.
pub fn few_algorithms() {
    static FEW: Once = Once::new();
    FEW.call_once(|| {
        if READS_ONLY.get().is_some() && !ALL.is_completed() && provide_usual().is_none() {
            all_algorithms();
        }
    });
}

/// Before anything else is read: OpenSSL has all its algorithms, and the names of its digests.
pub fn all_algorithms() {
    name_digests();
    ALL.call_once(|| {
        take_over_names();
        // SAFETY: null is the library context that OpenSSL uses unasked; the name ends with NUL.
        let provider =
            unsafe { sys::OSSL_PROVIDER_load(std::ptr::null_mut(), c"default".as_ptr()) };
        assert!(!provider.is_null(), "OpenSSL does not start");
    });
}

/// Puts a provider of the algorithms in [`USUAL`] in the place of the default one. `None` if any of
/// them is missing.
fn provide_usual() -> Option<()> {
    const NAME: &CStr = c"usual";
    let context = std::ptr::null_mut();

    // Of digests, before `name_digests`, they are none.
    take_over_names();
    // SAFETY: null is the library context that OpenSSL uses unasked; the names end with NUL, and
    // OpenSSL copies them; `init_usual` is a function. Each provider is checked. When the default
    // one is unloaded, it hands out no more, but stays in the library context for those that use it:
    // it is taken down when the last reference to it goes (OpenSSL crypto/provider_core.c,
    // `ossl_provider_free`).
    unsafe {
        let provider = sys::OSSL_PROVIDER_load(context, c"default".as_ptr());
        if provider.is_null() {
            return None;
        }
        let mut lists = [const { Vec::new() }; USUAL.len()];
        for (list, (operation, names)) in lists.iter_mut().zip(USUAL) {
            let mut no_cache = 0;
            let all = OSSL_PROVIDER_query_operation(provider, operation, &raw mut no_cache);
            *list = selected(all, operation, names)?;
        }
        let usual = Usual {
            provider_context: OSSL_PROVIDER_get0_provider_ctx(provider),
            lists,
        };
        ALGORITHMS.set(usual).ok()?;
        let is_in_place = OSSL_PROVIDER_add_builtin(context, NAME.as_ptr(), init_usual) == 1
            && !sys::OSSL_PROVIDER_load(context, NAME.as_ptr()).is_null()
            && sys::OSSL_PROVIDER_unload(provider) == 1;
        is_in_place.then_some(())
    }
}

/// Those of `all` that are wanted, and the end of a list. `None` if any of them is missing.
///
/// # Safety
///
/// `all` is null, or a list of algorithms that lives through the call and ends with an entry without
/// names.
unsafe fn selected(
    all: *const Algorithm,
    operation: c_int,
    names: &[&CStr],
) -> Option<Vec<Algorithm>> {
    const KEY_OF_CERTIFICATE: &[u8] = b",structure=SubjectPublicKeyInfo";

    if all.is_null() {
        return None;
    }
    let mut wanted = Vec::with_capacity(names.len() + 1);
    let mut at = all;
    loop {
        // SAFETY: the list has not come to its end before this entry, whose strings end with NUL.
        let (algorithm, own_names, properties) = unsafe {
            let algorithm = *at;
            if algorithm.names.is_null() {
                wanted.push(algorithm);
                return (wanted.len() == names.len() + 1).then_some(wanted);
            }
            at = at.add(1);
            let text = |text: *const c_char| match text.is_null() {
                true => &[][..],
                false => CStr::from_ptr(text).to_bytes(),
            };
            (algorithm, text(algorithm.names), text(algorithm.properties))
        };
        let first = own_names.split(|&octet| octet == b':').next();
        let is_named = names.iter().any(|name| first == Some(name.to_bytes()));
        if is_named && (operation != DECODER || properties.ends_with(KEY_OF_CERTIFICATE)) {
            wanted.push(algorithm);
        }
    }
}

/// `OSSL_provider_init`: the provider's context is the default provider's, whose algorithms it has.
unsafe extern "C" fn init_usual(
    _: *const c_void,
    _: *const Dispatch,
    out: *mut *const Dispatch,
    provider_context: *mut *mut c_void,
) -> c_int {
    static DISPATCH: [Dispatch; 2] = [
        Dispatch {
            id: 1027, // OSSL_FUNC_PROVIDER_QUERY_OPERATION
            query: Some(query_usual),
        },
        Dispatch { id: 0, query: None },
    ];

    let Some(usual) = ALGORITHMS.get() else {
        return 0;
    };
    // SAFETY: OpenSSL passes places for both.
    unsafe {
        *out = DISPATCH.as_ptr();
        *provider_context = usual.provider_context;
    }
    1
}

/// `OSSL_FUNC_provider_query_operation`.
unsafe extern "C" fn query_usual(
    _: *mut c_void,
    operation: c_int,
    no_cache: *mut c_int,
) -> *const Algorithm {
    // SAFETY: OpenSSL passes a place for it.
    unsafe { *no_cache = 0 };
    let position = USUAL.iter().position(|(known, _)| *known == operation);
    let (Some(position), Some(usual)) = (position, ALGORITHMS.get()) else {
        return std::ptr::null();
    };
    usual.lists[position].as_ptr()
}

/// A certificate with the trust settings that may follow it (`TRUSTED CERTIFICATE`).
pub fn certificate_with_trust(der: &[u8]) -> Option<X509> {
    // SAFETY: what is decoded is valid, and owned by nobody else.
    decoded(d2i_X509_AUX, der).map(|x509| unsafe { X509::from_ptr(x509) })
}

/// A name as `X509_NAME_print_ex` writes it, with all that a stranger has put into it.
pub fn name_lines(name: &X509NameRef, name_flags: NameFlags) -> Vec<u8> {
    let mut out = MemoryBio::new();
    // SAFETY: the name outlives the call by its lifetime; the BIO is owned here.
    unsafe { X509_NAME_print_ex(out.0, name.as_ptr(), 0, name_flags) };
    out.contents().to_vec()
}

/// Puts a CRL among the trust anchors, where a `-CAfile` with CRLs in it has them.
pub fn add_crl(store: &mut X509StoreBuilderRef, crl: &X509Crl) -> Result<(), ErrorStack> {
    // SAFETY: both are alive; the store takes a reference of its own.
    let added = unsafe { X509_STORE_add_crl(store.as_ptr(), crl.as_ptr()) };
    if added == 1 {
        Ok(())
    } else {
        Err(ErrorStack::get())
    }
}

/// Sets what OpenSSL has under this name (`ssl_client`, ...); `false` if it has nothing.
pub fn set_named_parameters(parameters: &mut X509VerifyParamRef, name: &str) -> bool {
    let Ok(name) = CString::new(name) else {
        return false;
    };
    // SAFETY: the name ends with a NUL; the table that is looked up in is OpenSSL's own and never
    // freed; the parameters are borrowed for writing.
    unsafe {
        let found = X509_VERIFY_PARAM_lookup(name.as_ptr());
        !found.is_null() && X509_VERIFY_PARAM_set1(parameters.as_ptr(), found) == 1
    }
}

/// Adds a policy to those of which one has to hold.
pub fn add_policy(
    parameters: &mut X509VerifyParamRef,
    policy: Asn1Object,
) -> Result<(), ErrorStack> {
    // SAFETY: the parameters are borrowed for writing; the object becomes theirs, so that it is
    // forgotten here once they have taken it.
    let added = unsafe { X509_VERIFY_PARAM_add0_policy(parameters.as_ptr(), policy.as_ptr()) };
    if added != 1 {
        return Err(ErrorStack::get());
    }
    std::mem::forget(policy);
    Ok(())
}

/// What OpenSSL tells of while it verifies.
pub enum Event {
    Error {
        code: c_int,
        text: &'static str,
        depth: usize,
        /// The certificate that it is about, if it is about one.
        certificate: Option<X509>,
        /// It is about the path of a CRL's issuer.
        on_crl_path: bool,
    },
    Policies(Policies),
}

/// The outcome of policy processing (RFC 5280 §6.1.5), each node as OpenSSL prints it, unescaped.
pub struct Policies {
    pub is_explicit: bool,
    pub authority: Option<Vec<Vec<u8>>>,
    pub user: Option<Vec<Vec<u8>>>,
}

/// CRLs as OpenSSL wants them: the `openssl` crate has stacks of other types only.
pub struct CrlStack {
    crls: Vec<Arc<X509Crl>>,
    stack: *mut sys::OPENSSL_STACK,
}

// SAFETY: the stack is private, filled before anybody else sees it, and from then on only read;
// the CRLs in it are `Send` and `Sync` themselves.
unsafe impl Send for CrlStack {}
// SAFETY: as above.
unsafe impl Sync for CrlStack {}

impl CrlStack {
    pub fn new(crls: Vec<Arc<X509Crl>>) -> Self {
        // SAFETY: the stack is made and checked here; it holds the addresses of CRLs that `crls`
        // keeps alive for as long as the stack is there.
        let stack = unsafe {
            let stack = sys::OPENSSL_sk_new_null();
            assert!(!stack.is_null(), "out of memory");
            for crl in &crls {
                let pushed = sys::OPENSSL_sk_push(stack, crl.as_ptr().cast_const().cast());
                assert!(pushed > 0, "out of memory");
            }
            stack
        };
        Self { crls, stack }
    }
}

impl Drop for CrlStack {
    fn drop(&mut self) {
        // SAFETY: the stack was made in `new` and is freed once; the CRLs are freed by their own
        // owner, which is dropped after this.
        unsafe { sys::OPENSSL_sk_free(self.stack) }
    }
}

/// Lets `context` verify, with the trust anchors and CRLs given here beside those of its store, and
/// goes on after the errors that `goes_on` names. Whether OpenSSL got to the end, and what it told.
pub fn verify(
    context: &mut X509StoreContextRef,
    trusted: Option<&StackRef<X509>>,
    crls: &CrlStack,
    goes_on: fn(c_int) -> bool,
) -> (bool, Vec<Event>) {
    LISTENER.set(Some(Listener {
        goes_on,
        events: Vec::new(),
    }));
    // SAFETY: the stacks outlive the verification, which ends in this function; the context does
    // not free them, and looks at them at no other time. The callback is a function, and has no
    // data but what this thread holds.
    unsafe {
        if let Some(trusted) = trusted {
            X509_STORE_CTX_set0_trusted_stack(context.as_ptr(), trusted.as_ptr());
        }
        if !crls.crls.is_empty() {
            X509_STORE_CTX_set0_crls(context.as_ptr(), crls.stack.cast());
        }
        X509_STORE_CTX_set_verify_cb(context.as_ptr(), tell);
    }
    let reached_the_end = context.verify_cert().unwrap_or(false);
    // What is left in OpenSSL's queue of errors says nothing that the events do not.
    drop(ErrorStack::get());
    let listener = LISTENER.take();
    (
        reached_the_end,
        listener.map_or_else(Vec::new, |listener| listener.events),
    )
}

/// The number of certificates of the path that are not trust anchors.
pub fn number_untrusted(context: &X509StoreContextRef) -> usize {
    // SAFETY: the context is alive, and only read.
    let number = unsafe { X509_STORE_CTX_get_num_untrusted(context.as_ptr()) };
    usize::try_from(number).unwrap_or(0)
}

struct Listener {
    goes_on: fn(c_int) -> bool,
    events: Vec<Event>,
}

thread_local! {
    /// Who listens to the verification that runs on this thread.
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
}

/// OpenSSL's callback: told of each error (0), of each certificate that is good (1), and of the
/// policies if they were asked for (2).
extern "C" fn tell(ok: c_int, context: *mut sys::X509_STORE_CTX) -> c_int {
    LISTENER.with_borrow_mut(|listener| {
        let Some(Listener { goes_on, events }) = listener else {
            return ok;
        };
        // SAFETY: OpenSSL calls with the context that it verifies with, which lives through the
        // call and is not written to here.
        let (reader, is_child) = unsafe {
            let parent = X509_STORE_CTX_get0_parent_ctx(context);
            (X509StoreContextRef::from_ptr(context), !parent.is_null())
        };
        let error = reader.error();
        let code = error.as_raw();
        if ok == 0 {
            events.push(Event::Error {
                code,
                text: error.error_string(),
                depth: usize::try_from(reader.error_depth()).unwrap_or(0),
                certificate: reader.current_cert().map(ToOwned::to_owned),
                on_crl_path: is_child,
            });
        }
        let is_final_word = ok == 2 && code == sys::X509_V_OK;
        if is_final_word || (ok == 0 && code == sys::X509_V_ERR_NO_EXPLICIT_POLICY) {
            events.push(Event::Policies(policies(reader)));
        }
        c_int::from(ok != 0 || goes_on(code))
    })
}

fn policies(context: &X509StoreContextRef) -> Policies {
    let context = context.as_ptr();
    // SAFETY: the context lives through the call; the tree and its sets of nodes belong to it and
    // may be null, which the accessors of the tree and `nodes` take.
    unsafe {
        let tree = X509_STORE_CTX_get0_policy_tree(context);
        Policies {
            is_explicit: X509_STORE_CTX_get_explicit_policy(context) != 0,
            authority: nodes(X509_policy_tree_get0_policies(tree)),
            user: nodes(X509_policy_tree_get0_user_policies(tree)),
        }
    }
}

/// # Safety
///
/// `stack` is null, or a stack of policy nodes that lives through the call.
unsafe fn nodes(stack: *const PolicyNodes) -> Option<Vec<Vec<u8>>> {
    if stack.is_null() {
        return None;
    }
    // SAFETY: the stack lives, the index is within it, and each value is a node of the tree.
    let node = |index| unsafe {
        let node = sys::OPENSSL_sk_value(stack, index);
        let mut out = MemoryBio::new();
        X509_POLICY_NODE_print(out.0, node, 2);
        out.contents().to_vec()
    };
    // SAFETY: as above.
    let number = unsafe { sys::OPENSSL_sk_num(stack) };
    Some((0..number).map(node).collect())
}
