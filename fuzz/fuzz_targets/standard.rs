//! Changed requests for the provider `standard`, see `harness`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| harness::run(leadline::provider::ProviderKind::Standard, input));
