"""A package of an app, with as much in it as the Store reads."""

import io
import zipfile


def package(app, version):
    """The bytes of a package of `app`, which is the app's resource as the API shows it."""
    manifest = f"""<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
  <Identity Name="{app['packageIdentityName']}" Publisher="{app['publisherName']}" Version="{version}" ProcessorArchitecture="x64"/>
  <Dependencies><TargetDeviceFamily Name="Windows.Desktop" MinVersion="10.0.19041.0" MaxVersionTested="10.0.26100.0"/></Dependencies>
  <Resources><Resource Language="en-GB"/></Resources>
</Package>"""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("AppxManifest.xml", manifest)
        file.writestr("AppxBlockMap.xml", '<BlockMap xmlns="http://schemas.microsoft.com/appx/2010/blockmap"/>')
        file.writestr("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
    return content.getvalue()
