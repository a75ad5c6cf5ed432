"""Takes the whole way to a token at a border gateway with requests-oauthlib, and uses it.

Usage: client.py URL USER PASSWORD METHOD. Prints one JSON object: what was answered at each step.
"""

import json
import re
import sys
from urllib.parse import parse_qs, urlsplit

import requests
from requests_oauthlib import OAuth1Session

url, user, password, method = sys.argv[1:5]
callback = "http://127.0.0.1:9/oauth/callback?state=a%20b"


def session(**more):
    return OAuth1Session("rollcall", signature_method=method, **more)


asking = session(callback_uri=callback)
asked = asking.fetch_request_token(f"{url}/oauth/request_token")
token = asked["oauth_token"]


def fields(page):
    return dict(re.findall(r'name="(oauth_token|ticket)" value="([^"]*)"', page))


window = requests.get(f"{url}/oauth/authorize", params={"oauth_token": token}, timeout=10)
wrong = requests.post(f"{url}/oauth/authorize", data=fields(window.text) | {"user": user, "password": "wrong"}, timeout=10)
signed_in = requests.post(f"{url}/oauth/authorize", data=fields(window.text) | {"user": user, "password": password}, timeout=10)
decision = fields(signed_in.text) | {"decision": "authorize"}
back = requests.post(f"{url}/oauth/authorize", data=decision, allow_redirects=False, timeout=10)
told = parse_qs(urlsplit(back.headers["Location"]).query)

exchanging = session(resource_owner_key=token, resource_owner_secret=asked["oauth_token_secret"], verifier=told["oauth_verifier"][0])
given = exchanging.fetch_access_token(f"{url}/oauth/access_token")
using = session(resource_owner_key=given["oauth_token"], resource_owner_secret=given["oauth_token_secret"])
forged = session(resource_owner_key=given["oauth_token"], resource_owner_secret="forged")


def read(by, path, **query):
    return by.get(f"{url}/mbg/v1/{path}", params=query, timeout=10)


print(json.dumps({
    "confirmed": asked["oauth_callback_confirmed"],
    "wrong_password": wrong.status_code,
    "state": told["state"][0],
    "expires_in": given["expires_in"],
    "devices": read(using, "sip-devices", limit=3).status_code,
    "odd_query": read(using, "sip-devices/by-number/1*001", icp="HQ 1 & ä+=~").status_code,
    "hash": read(using, "sip-devices/by-number/1%23001").json(),
    "forged": read(forged, "sip-devices", limit=3).json(),
    "unsigned": requests.get(f"{url}/mbg/v1/sip-devices", timeout=10).status_code,
}))
