//! The closed lists of words that a submission may use. Case counts.
//!
//! <https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions>

/// App categories, with and without a subcategory.
pub(super) const CATEGORY: &[&str] = &[
    "NotSet",
    "BooksAndReference",
    "BooksAndReference_EReader",
    "BooksAndReference_Fiction",
    "BooksAndReference_Nonfiction",
    "BooksAndReference_Reference",
    "Business",
    "Business_AccountingAndFinance",
    "Business_Collaboration",
    "Business_CRM",
    "Business_DataAndAnalytics",
    "Business_FileManagement",
    "Business_InventoryAndLogistics",
    "Business_LegalAndHR",
    "Business_ProjectManagement",
    "Business_RemoteDesktop",
    "Business_SalesAndMarketing",
    "Business_TimeAndExpenses",
    "DeveloperTools",
    "DeveloperTools_Database",
    "DeveloperTools_DesignTools",
    "DeveloperTools_DevelopmentKits",
    "DeveloperTools_Networking",
    "DeveloperTools_ReferenceAndTraining",
    "DeveloperTools_Servers",
    "DeveloperTools_Utilities",
    "DeveloperTools_Webhosting",
    "Education",
    "Education_BooksAndReference",
    "Education_EarlyLearning",
    "Education_InstructionalTools",
    "Education_Language",
    "Education_StudyAids",
    "Entertainment",
    "FoodAndDining",
    "Games",
    "Games_ActionAndAdventure",
    "Games_CardAndBoard",
    "Games_Casino",
    "Games_Classics",
    "Games_Educational",
    "Games_FamilyAndKids",
    "Games_Fighting",
    "Games_MultiPlayerOnlineBattleArena",
    "Games_Music",
    "Games_Other",
    "Games_Platformer",
    "Games_PuzzleAndTrivia",
    "Games_RacingAndFlying",
    "Games_Roleplaying",
    "Games_Shooter",
    "Games_Simulation",
    "Games_Sports",
    "Games_Strategy",
    "Games_Tools",
    "Games_Word",
    "GovernmentAndPolitics",
    "HealthAndFitness",
    "KidsAndFamily",
    "KidsAndFamily_BooksAndReference",
    "KidsAndFamily_Entertainment",
    "KidsAndFamily_HobbiesAndToys",
    "KidsAndFamily_SportsAndActivities",
    "KidsAndFamily_Travel",
    "Lifestyle",
    "Lifestyle_Automotive",
    "Lifestyle_DIY",
    "Lifestyle_HomeAndGarden",
    "Lifestyle_Relationships",
    "Lifestyle_SpecialInterest",
    "Lifestyle_StyleAndFashion",
    "Medical",
    "MultimediaDesign",
    "MultimediaDesign_IllustrationAndGraphicDesign",
    "MultimediaDesign_MusicProduction",
    "MultimediaDesign_PhotoAndVideoProduction",
    "Music",
    "NavigationAndMaps",
    "NewsAndWeather",
    "NewsAndWeather_News",
    "NewsAndWeather_Weather",
    "PersonalFinance",
    "PersonalFinance_BankingAndInvestments",
    "PersonalFinance_BudgetingAndTaxes",
    "Personalization",
    "Personalization_RingtonesAndSounds",
    "Personalization_Themes",
    "Personalization_WallpaperAndLockScreens",
    "PhotoAndVideo",
    "Productivity",
    "Security",
    "Security_PCProtection",
    "Security_PersonalSecurity",
    "Shopping",
    "Social",
    "Sports",
    "Travel",
    "Travel_CityGuides",
    "Travel_Hotels",
    "UtilitiesAndTools",
    "UtilitiesAndTools_BackupAndManage",
    "UtilitiesAndTools_FileManager",
];

/// Who finds the product.
pub(super) const VISIBILITY: &[&str] = &["Public", "Private", "Hidden", "NotSet"];

/// What happens after certification.
pub(super) const PUBLISH_MODE: &[&str] = &["Immediate", "Manual", "SpecificDate", "NotSet"];

/// How long a trial lasts.
pub(super) const TRIAL: &[&str] = &["NoFreeTrial", "OneDay", "SevenDays", "FifteenDays", "ThirtyDays", "TrialNeverExpires"];

/// What an image is for; the last six are no longer offered and still recognised.
pub(super) const IMAGE_TYPE: &[&str] = &[
    "Screenshot",
    "MobileScreenshot",
    "XboxScreenshot",
    "SurfaceHubScreenshot",
    "HoloLensScreenshot",
    "StoreLogo9x16",
    "StoreLogoSquare",
    "Icon",
    "PromotionalArt16x9",
    "PromotionalArtwork2400X1200",
    "XboxBrandedKeyArt",
    "XboxTitledHeroArt",
    "XboxFeaturedPromotionalArt",
    "SquareIcon358X358",
    "BackgroundImage1000X800",
    "PromotionalArtwork414X180",
    "PromotionalArtwork846X468",
    "PromotionalArtwork558X756",
    "PromotionalArtwork414X468",
    "PromotionalArtwork558X558",
    "WideIcon358X173",
    "Unknown",
];

/// Hardware that the product likes to have.
pub(super) const HARDWARE: &[&str] =
    &["Touch", "Keyboard", "Mouse", "Camera", "NfcHce", "Nfc", "BluetoothLE", "Telephony", "Undefined"];

/// What is to happen to a file.
pub(super) const FILE_STATUS: &[&str] = &["None", "PendingUpload", "Uploaded", "PendingDelete"];

/// Whether organisations may license the product.
pub(super) const LICENSING: &[&str] = &["None", "Online", "OnlineAndOffline"];

/// Whether Kinect data may go elsewhere.
pub(super) const KINECT: &[&str] = &["NotSet", "Unknown", "Enabled", "Disabled"];

/// The least DirectX version, for Windows 8 packages.
pub(super) const DIRECT_X: &[&str] = &["None", "DirectX93", "DirectX100"];

/// The least memory, for Windows 8 packages.
pub(super) const MEMORY: &[&str] = &["None", "Memory2GB"];

/// The platforms of old that a listing could differ for.
pub(super) const OLD_PLATFORM: &[&str] =
    &["Unknown", "Windows80", "Windows81", "WindowsPhone71", "WindowsPhone80", "WindowsPhone81"];

/// What an add-on's content is. A new draft says `NotSet`, which no update may (O-125); of the others, somebody who tried found that
/// only six are taken, and the manual has all of them (O-126).
pub(super) const CONTENT: &[&str] = &[
    "BookDownload",
    "EMagazine",
    "ENewspaper",
    "MusicDownload",
    "MusicStream",
    "OnlineDataStorage",
    "VideoDownload",
    "VideoStream",
    "Asp",
    "OnlineDownload",
];

/// How long customers have an add-on.
pub(super) const LIFETIME: &[&str] = &[
    "Forever",
    "OneDay",
    "ThreeDays",
    "FiveDays",
    "OneWeek",
    "TwoWeeks",
    "OneMonth",
    "TwoMonths",
    "ThreeMonths",
    "SixMonths",
    "OneYear",
];

/// What kinds of add-ons can be made: the two of the manual, and what clients have been seen to make (O-127).
pub(super) const PRODUCT_TYPE: &[&str] = &["Durable", "Consumable", "UnmanagedConsumable", "Subscription"];

/// Whether the word is a price id. `Base` counts as one here: it may stand for a market, and has a rule of its own elsewhere.
///
/// Both families of tiers are taken whatever the product's pricing model is (O-102).
pub(super) fn is_price(word: &str) -> bool {
    let tier = || {
        word.strip_prefix("Tier")
            .filter(|number| !number.starts_with(|first: char| !first.is_ascii_digit() || first == '0'))
            .and_then(|number| number.parse::<u16>().ok())
    };
    matches!(word, "Base" | "NotAvailable" | "Free") || tier().is_some_and(|tier| matches!(tier, 2..=96 | 1000..=1424))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn price_ids_are_words_or_tiers_of_either_family() {
        for good in ["Free", "Base", "NotAvailable", "Tier2", "Tier96", "Tier1012", "Tier1424"] {
            assert!(is_price(good), "{good}");
        }
        for bad in ["free", "Tier1", "Tier97", "Tier02", "Tier1425", "Tier+5", "tier5", "Tier", "", "1.99"] {
            assert!(!is_price(bad), "{bad}");
        }
    }
}
