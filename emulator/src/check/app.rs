//! The app submission, member by member in the order of the wire.
//!
//! <https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#app-submission-object>

use super::choice;
use super::delivery::{DELIVERY, PACKAGE};
use super::shape::{ANY, Absent, Keys, Member, Shape, member};

/// Its members.
pub(super) const MEMBERS: &[Member] = &[
    member("id", Shape::Text(ANY), Absent::Server),
    member("applicationCategory", Shape::Choice(choice::CATEGORY), Absent::Text("NotSet")),
    member("pricing", PRICING, Absent::Omit),
    member("visibility", Shape::Choice(choice::VISIBILITY), Absent::Text("NotSet")),
    member("targetPublishMode", Shape::Choice(choice::PUBLISH_MODE), Absent::Text("Immediate")),
    member("targetPublishDate", Shape::Date, Absent::NoDate),
    member("listings", Shape::Map(Keys::Language, &LISTING), Absent::Map),
    member("hardwarePreferences", Shape::List(ANY, &Shape::Choice(choice::HARDWARE)), Absent::List),
    member("automaticBackupEnabled", Shape::Flag, Absent::No),
    member("canInstallOnRemovableMedia", Shape::Flag, Absent::No),
    member("isGameDvrEnabled", Shape::Flag, Absent::No),
    member("gamingOptions", Shape::List(ANY, &GAMING), Absent::List),
    member("hasExternalInAppProducts", Shape::Flag, Absent::No),
    member("meetAccessibilityGuidelines", Shape::Flag, Absent::No),
    member("notesForCertification", Shape::Text(2000), Absent::Text("")),
    member("status", Shape::Any, Absent::Server),
    member("statusDetails", Shape::Any, Absent::Server),
    member("fileUploadUrl", Shape::Any, Absent::Server),
    member("applicationPackages", Shape::List(ANY, &PACKAGE), Absent::List),
    member("packageDeliveryOptions", DELIVERY, Absent::Whole),
    member("enterpriseLicensing", Shape::Choice(choice::LICENSING), Absent::Text("None")),
    member("allowMicrosoftDecideAppAvailabilityToFutureDeviceFamilies", Shape::Flag, Absent::No),
    member("allowTargetFutureDeviceFamilies", Shape::Map(Keys::Any, &Shape::Flag), Absent::Omit),
    member("friendlyName", Shape::Any, Absent::Server),
    member("trailers", Shape::List(15, &TRAILER), Absent::List),
];

const PRICING: Shape = Shape::Object(&[
    member("trialPeriod", Shape::Choice(choice::TRIAL), Absent::Text("NoFreeTrial")),
    member("marketSpecificPricings", Shape::Map(Keys::Market, &Shape::Price), Absent::Map),
    member("sales", Shape::Any, Absent::Server),
    member("priceId", Shape::Price, Absent::Omit),
    member("isAdvancedPricingModel", Shape::Any, Absent::Server),
]);

const LISTING: Shape = Shape::Object(&[
    member("baseListing", BASE_LISTING, Absent::Whole),
    member("platformOverrides", Shape::Map(Keys::Choice(choice::OLD_PLATFORM), &Shape::Any), Absent::Map),
]);

/// Privacy policy, support contact and website are obsolete: a request's are passed over, and the answer has them empty.
const BASE_LISTING: Shape = Shape::Object(&[
    member("copyrightAndTrademarkInfo", Shape::Text(200), Absent::Text("")),
    member("keywords", Shape::List(7, &Shape::Text(30)), Absent::List),
    member("licenseTerms", Shape::Text(10_000), Absent::Text("")),
    member("privacyPolicy", Shape::Text(ANY), Absent::Text("")),
    member("supportContact", Shape::Text(ANY), Absent::Text("")),
    member("websiteUrl", Shape::Text(ANY), Absent::Text("")),
    member("description", Shape::Text(10_000), Absent::Text("")),
    member("features", Shape::List(20, &Shape::Text(200)), Absent::List),
    member("releaseNotes", Shape::Text(1500), Absent::Text("")),
    member("images", Shape::List(ANY, &IMAGE), Absent::List),
    member("recommendedHardware", Shape::List(11, &Shape::Text(200)), Absent::List),
    member("minimumHardware", Shape::List(11, &Shape::Text(200)), Absent::List),
    member("title", Shape::Text(ANY), Absent::Omit),
    member("shortDescription", Shape::Text(500), Absent::Text("")),
    member("shortTitle", Shape::Text(50), Absent::Text("")),
    member("sortTitle", Shape::Text(255), Absent::Omit),
    member("voiceTitle", Shape::Text(255), Absent::Text("")),
    member("devStudio", Shape::Text(255), Absent::Text("")),
]);

const IMAGE: Shape = Shape::Object(&[
    member("fileName", Shape::Text(255), Absent::Omit),
    member("fileStatus", Shape::Choice(choice::FILE_STATUS), Absent::Text("None")),
    member("id", Shape::Text(ANY), Absent::Omit),
    member("description", Shape::Text(200), Absent::Omit),
    member("imageType", Shape::Choice(choice::IMAGE_TYPE), Absent::Text("Unknown")),
]);

/// Genres of products that are no games have been seen to be categories, so they are not checked (O-103).
const GAMING: Shape = Shape::Object(&[
    member("genres", Shape::List(ANY, &Shape::Text(ANY)), Absent::List),
    member("isLocalMultiplayer", Shape::Flag, Absent::No),
    member("isLocalCooperative", Shape::Flag, Absent::No),
    member("isOnlineMultiplayer", Shape::Flag, Absent::No),
    member("isOnlineCooperative", Shape::Flag, Absent::No),
    member("localMultiplayerMinPlayers", Shape::Number, Absent::Omit),
    member("localMultiplayerMaxPlayers", Shape::Number, Absent::Omit),
    member("localCooperativeMinPlayers", Shape::Number, Absent::Omit),
    member("localCooperativeMaxPlayers", Shape::Number, Absent::Omit),
    member("onlineMultiplayerMinPlayers", Shape::Number, Absent::Omit),
    member("onlineMultiplayerMaxPlayers", Shape::Number, Absent::Omit),
    member("onlineCooperativeMinPlayers", Shape::Number, Absent::Omit),
    member("onlineCooperativeMaxPlayers", Shape::Number, Absent::Omit),
    member("isBroadcastingPrivilegeGranted", Shape::Flag, Absent::No),
    member("isCrossPlayEnabled", Shape::Flag, Absent::No),
    member("kinectDataForExternal", Shape::Choice(choice::KINECT), Absent::Text("NotSet")),
]);

const TRAILER: Shape = Shape::Object(&[
    member("id", Shape::Text(ANY), Absent::Omit),
    member("videoFileName", Shape::Text(255), Absent::Omit),
    member("videoFileId", Shape::Text(ANY), Absent::Server),
    member("trailerAssets", Shape::Map(Keys::Language, &TRAILER_ASSET), Absent::Map),
]);

const TRAILER_ASSET: Shape = Shape::Object(&[
    member("title", Shape::Text(255), Absent::Text("")),
    member(
        "imageList",
        Shape::List(
            1,
            &Shape::Object(&[
                member("fileName", Shape::Text(255), Absent::Omit),
                member("id", Shape::Text(ANY), Absent::Omit),
                member("description", Shape::Text(ANY), Absent::Omit),
            ]),
        ),
        Absent::List,
    ),
]);
