//! The calls into OpenSSL that the `openssl` crate does not wrap, one function a call.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_ulong};
use std::sync::Once;

use openssl::x509::X509NameRef;
use openssl_sys as sys;

/// `OPENSSL_INIT_NO_LOAD_CONFIG` of `openssl/crypto.h`.
const INIT_NO_LOAD_CONFIG: u64 = 0x0000_0080;
/// `XN_FLAG_ONELINE` of `openssl/x509.h`, with the values that OpenSSL 3.0 gives it:
/// `O = Istio, CN = Root CA`.
const XN_FLAG_ONELINE: c_ulong = 0x0082_031F;

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

    // SAFETY: the BIO is made here, checked, and freed here exactly once; the name outlives the
    // call by its lifetime; the data pointer is read, within the length OpenSSL states, before the
    // BIO that owns it is freed.
    let printed = unsafe {
        let bio = sys::BIO_new(sys::BIO_s_mem());
        assert!(!bio.is_null(), "out of memory");
        X509_NAME_print_ex(bio, name.as_ptr(), 0, XN_FLAG_ONELINE);
        let mut data: *mut c_char = std::ptr::null_mut();
        let length = sys::BIO_get_mem_data(bio, &raw mut data);
        let printed = match usize::try_from(length) {
            Ok(length) if !data.is_null() => {
                std::slice::from_raw_parts(data.cast::<u8>(), length).to_vec()
            }
            _ => Vec::new(),
        };
        sys::BIO_free_all(bio);
        printed
    };
    crate::escape::bytes(&printed)
}
