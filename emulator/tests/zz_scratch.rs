//! scratch
#![allow(clippy::unwrap_used, clippy::panic)]
mod support;
use serde_json::json;
use support::*;
#[tokio::test]
async fn real() {
    let dir = std::path::Path::new("/work/shared/packages");
    let mut account = sample();
    account["applications"][0]["packageIdentityName"] = json!("20477fca-282d-49fb-b03e-371dca074f0f");
    account["applications"][0]["publisherName"] = json!("CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US");
    let store = Store::of(&account).await;
    let names = ["TestAppxPackage_x64.appx","TestAppxPackage_Win32.appx","TestAppxPackage_1.0.1.0_ARM.appx"];
    let data: Vec<Vec<u8>> = names.iter().map(|n| std::fs::read(dir.join(n)).unwrap()).collect();
    let entries: Vec<(&str,&[u8])> = names.iter().copied().zip(data.iter().map(|d| d.as_slice())).collect();
    let draft = store.submit(&names, archive(Packing::Deflated, &entries)).await;
    println!("{}", store.status(&draft).await);
    println!("{:#}", store.get(&path(&draft)).await.body["applicationPackages"]);
    for entry in std::fs::read_dir(dir).unwrap() {
        let p = entry.unwrap().path();
        let name = p.file_name().unwrap().to_str().unwrap().to_owned();
        let store = Store::of(&account).await;
        let data = std::fs::read(&p).unwrap();
        println!("{name}: {:?}", store.outcome(&[&name], archive(Packing::Stored, &[(&name, &data)])).await);
    }
}
