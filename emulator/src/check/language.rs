//! The language codes that a listing may have. `de` and `de-de` are two listings; neither stands for the other.

/// All of them, in lower case.
///
/// <https://learn.microsoft.com/windows/apps/publish/publish-your-app/msix/app-package-requirements#supported-languages>
const CODES: &str = "\
    af af-za am am-et ar ar-ae ar-bh ar-dz ar-eg ar-iq ar-jo ar-kw ar-lb ar-ly ar-ma ar-om ar-qa ar-sa ar-sy ar-tn ar-ye as \
    as-in az-arab az-arab-az az-cyrl az-cyrl-az az-latn az-latn-az be be-by bg bg-bg bn bn-bd bn-in bs bs-cyrl bs-cyrl-ba \
    bs-latn bs-latn-ba ca ca-es ca-es-valencia chr-cher chr-cher-us chr-latn cs cs-cz cy cy-gb da da-dk de de-at de-ch de-de \
    de-li de-lu el el-gr en en-011 en-014 en-018 en-021 en-029 en-053 en-au en-bz en-ca en-gb en-hk en-id en-ie en-in en-jm \
    en-kz en-mt en-my en-nz en-ph en-pk en-sg en-tt en-us en-vn en-za en-zw es es-019 es-419 es-ar es-bo es-cl es-co es-cr \
    es-do es-ec es-es es-gt es-hn es-mx es-ni es-pa es-pe es-pr es-py es-sv es-us es-uy es-ve et et-ee eu eu-es fa fa-ir fi \
    fi-fi fil fil-latn fil-ph fr fr-011 fr-015 fr-021 fr-029 fr-155 fr-be fr-ca fr-cd fr-ch fr-ci fr-cm fr-fr fr-ht fr-lu \
    fr-ma fr-mc fr-ml fr-re frc-latn frp-latn ga ga-ie gd-gb gd-latn gl gl-es gu gu-in ha ha-latn ha-latn-ng he he-il hi \
    hi-in hr hr-ba hr-hr hu hu-hu hy hy-am id id-id ig-latn ig-ng is is-is it it-ch it-it iu-cans iu-latn iu-latn-ca ja \
    ja-jp ka ka-ge kk kk-kz km km-kh kn kn-in ko ko-kr kok kok-in ku-arab ku-arab-iq ky-cyrl ky-kg lb lb-lu lo lo-la lt \
    lt-lt lv lv-lv mi mi-latn mi-nz mk mk-mk ml ml-in mn-cyrl mn-mn mn-mong mn-phag mr mr-in ms ms-bn ms-my mt mt-mt nb \
    nb-no ne ne-np nl nl-be nl-nl nn nn-no no no-no nso nso-za or or-in pa pa-arab pa-arab-pk pa-deva pa-in pl pl-pl prs \
    prs-af prs-arab pt pt-br pt-pt quc-latn qut-gt qut-latn quz quz-bo quz-ec quz-pe ro ro-ro ru ru-ru rw rw-rw sd-arab \
    sd-arab-pk sd-deva si si-lk sk sk-sk sl sl-si sq sq-al sr sr-cyrl sr-cyrl-ba sr-cyrl-cs sr-cyrl-me sr-cyrl-rs sr-latn \
    sr-latn-ba sr-latn-cs sr-latn-me sr-latn-rs sv sv-fi sv-se sw sw-ke ta ta-in te te-in tg-arab tg-cyrl tg-cyrl-tj tg-latn \
    th th-th ti ti-et tk-cyrl tk-cyrl-tr tk-latn tk-latn-tr tk-tm tn tn-bw tn-za tr tr-tr tt-arab tt-cyrl tt-latn tt-ru \
    ug-arab ug-cn ug-cyrl ug-latn uk uk-ua ur ur-pk uz uz-cyrl uz-latn uz-latn-uz vi vi-vn wo wo-sn xh xh-za yo-latn yo-ng \
    zh-cn zh-hans zh-hans-cn zh-hans-sg zh-hant zh-hant-hk zh-hant-mo zh-hant-tw zh-hk zh-mo zh-sg zh-tw zu zu-za";

/// Whether a listing may have this code. Case counts: `en-US` is refused where `en-us` is taken (O-101).
pub(crate) fn is_supported(code: &str) -> bool {
    CODES.split(' ').any(|known| known == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_lower_case() {
        assert_eq!(CODES.split(' ').count(), 350);
        for code in CODES.split(' ') {
            assert!(
                !code.is_empty() && code.bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
            );
        }
        assert!(is_supported("en-gb") && is_supported("zh-hans"));
        assert!(!is_supported("en-GB") && !is_supported("xx") && !is_supported(""));
    }
}
