"""The account that is published to: the sample one three times over, so that there is always somebody else's to leave alone."""

import copy
import json
import uuid

from driver.place import ROOT

SAMPLE = ROOT / "emulator" / "src" / "sample" / "account.json"


def account(copies):
    """`copies` apps, each with a flight and two add-ons, in the form of an account file. The first is the sample itself."""
    sample = json.loads(SAMPLE.read_text())
    lists = ("applications", "inAppProducts", "flights")
    whole = {**sample, **{name: [] for name in lists}}
    for number in range(copies):
        for name in lists:
            whole[name] += [renamed(copy.deepcopy(one), number) for one in sample[name]]
    return whole


def renamed(product, number):
    """The product under other ids, and as of another app. Ids keep their form and length."""
    if number == 0:
        return product
    text = json.dumps(product)
    for name in ("9NHRBRL1GHTS", "9NBQY01TDES5", "9NBQY02BUQY8"):
        text = text.replace(name, f"{name[:8]}{number:04}")
    text = text.replace("HarbourLights", f"HarbourLights{number}")
    text = text.replace("115292150570031", f"115292150{700 + number:03}310")
    product = json.loads(text)
    if "flightId" in product:
        product["flightId"] = flight_id(number)
        product["publishedSubmission"]["flightId"] = flight_id(number)
    return product


def flight_id(number):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://example.com/flights/{number}"))
