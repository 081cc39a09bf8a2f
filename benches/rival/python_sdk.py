"""A rival: what the manual's scripts do. Usage: python_sdk.py URL FILE [PACKAGE]

With PACKAGE, FILE is made first: a ZIP with the package in it.
"""

import sys
import zipfile

from azure.storage.blob import BlobClient

url, path, *package = sys.argv[1:]
if package:
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(package[0], "Lights.msix")
blob_client = BlobClient.from_blob_url(url)
with open(path, "rb") as data:
    blob_client.upload_blob(data, blob_type="BlockBlob")
