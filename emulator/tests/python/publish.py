"""Publishes a package to a running emulator with nothing of ours: requests for the API, azure-storage-blob for the upload.

Usage: publish.py READY_FILE, where READY_FILE holds the line that the emulator prints when it is ready.
"""

import io
import json
import sys
import zipfile

import requests
from azure.storage.blob import BlobClient

from msix import package

ready = json.load(open(sys.argv[1], encoding="utf-8"))
store = requests.Session()
# The environment's own bundle would go before it.
store.trust_env = False
store.verify = ready["ca"]

token = store.post(
    f"{ready['login']}/{ready['tenantId']}/oauth2/token",
    data={
        "grant_type": "client_credentials",
        "client_id": ready["clientId"],
        "client_secret": ready["clientSecret"],
        "resource": "https://manage.devcenter.microsoft.com",
    },
).json()
store.headers["Authorization"] = f"Bearer {token['access_token']}"

app_url = f"{ready['api']}/v1.0/my/applications/{ready['applicationId']}"
app = store.get(app_url).json()


def call(method, url, expected, body=None):
    answer = store.request(method, url, headers={"Content-Type": "application/json"}, data=body)
    assert answer.status_code == expected, (method, url, answer.status_code, answer.text)
    return answer.json() if answer.content else None


def publish(version, filler):
    """One submission; `filler` bytes beside the package make the SDK upload in one request or in blocks."""
    draft = call("POST", f"{app_url}/submissions", 201)
    url = f"{app_url}/submissions/{draft['id']}"
    name = f"HarbourLights_{version}.msix"
    for entry in draft["applicationPackages"]:
        entry["fileStatus"] = "PendingDelete"
    draft["applicationPackages"].append({"fileName": name, "fileStatus": "PendingUpload"})
    call("PUT", url, 200, json.dumps(draft))

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(name, package(app, version))
        file.writestr("filler.bin", b"\0" * filler)
    blob = BlobClient.from_blob_url(
        draft["fileUploadUrl"],
        connection_verify=ready["ca"],
        max_single_put_size=4 << 20,
        max_block_size=2 << 20,
    )
    blob.upload_blob(archive.getvalue(), blob_type="BlockBlob", overwrite=True, max_concurrency=4)
    assert blob.get_blob_properties().size == len(archive.getvalue())

    assert call("POST", f"{url}/commit", 202) == {"status": "CommitStarted"}
    status = call("GET", f"{url}/status", 200)
    assert status["status"] == "Published", status
    live = store.get(app_url).json()
    assert live["lastPublishedApplicationSubmission"]["id"] == draft["id"], live
    packages = [(p["version"], p["architecture"]) for p in call("GET", url, 200)["applicationPackages"]]
    assert packages == [(version, "x64")], packages
    print(f"published {version} with {len(archive.getvalue())} bytes: {packages}")


publish("2.0.0.0", 0)
publish("2.1.0.0", 24 << 20)
print("2 passed, 0 failed")
