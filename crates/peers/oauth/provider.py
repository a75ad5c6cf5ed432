"""An OAuth 1.0a provider whose signatures, nonces and timestamps are judged by oauthlib; a border gateway's paths.

Usage: provider.py PORT. Every request is authorized with the verifier VERIFIER; what is refused says why in its log.
"""

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from oauthlib.oauth1 import AccessTokenEndpoint, RequestTokenEndpoint, RequestValidator, ResourceEndpoint

CLIENT, VERIFIER = "rollcall", "verifier of the window"


class Validator(RequestValidator):
    """Keeps what oauthlib asks for; deciding is oauthlib's part."""

    enforce_ssl = False
    dummy_client = "dummy"
    dummy_request_token = dummy_access_token = "dummy"
    client_key_length = (1, 40)
    request_token_length = access_token_length = nonce_length = verifier_length = (1, 64)
    # What a person's window made is any text, as RFC 5849 allows.
    safe_characters = set(map(chr, range(32, 127)))

    def __init__(self):
        self.requests, self.tokens, self.nonces = {}, {}, set()

    @property
    def allowed_signature_methods(self):
        return ("HMAC-SHA1", "HMAC-SHA256")

    def validate_client_key(self, client_key, request):
        return client_key == CLIENT

    def get_client_secret(self, client_key, request):
        return ""

    def validate_timestamp_and_nonce(self, client_key, timestamp, nonce, request, request_token=None, access_token=None):
        one = (timestamp, nonce, request_token, access_token)
        fresh = abs(time.time() - int(timestamp)) < 300 and one not in self.nonces
        self.nonces.add(one)
        return fresh

    def validate_redirect_uri(self, client_key, redirect_uri, request):
        return True

    def get_default_realms(self, client_key, request):
        return []

    def validate_requested_realms(self, client_key, realms, request):
        return True

    def save_request_token(self, token, request):
        self.requests[token["oauth_token"]] = token["oauth_token_secret"]

    def validate_request_token(self, client_key, token, request):
        return token in self.requests

    def get_request_token_secret(self, client_key, token, request):
        return self.requests.get(token, "dummy")

    def validate_verifier(self, client_key, token, verifier, request):
        return verifier == VERIFIER

    def get_realms(self, token, request):
        return []

    def invalidate_request_token(self, client_key, request_token, request):
        self.requests.pop(request_token, None)

    def save_access_token(self, token, request):
        self.tokens[token["oauth_token"]] = token["oauth_token_secret"]

    def validate_access_token(self, client_key, token, request):
        return token in self.tokens

    def get_access_token_secret(self, client_key, token, request):
        return self.tokens.get(token, "dummy")

    def validate_realms(self, client_key, token, request, uri=None, realms=None):
        return True


validator = Validator()
ENDPOINTS = {
    "/oauth/request_token": RequestTokenEndpoint(validator),
    "/oauth/access_token": AccessTokenEndpoint(validator),
}
RESOURCES = ResourceEndpoint(validator)
PAGE = b'{"items":[{"id":"d1","directoryNumber":"1*001"}],"next":"2 & more=%23","total":2}'
LAST = b'{"items":[{"id":"d2"}],"next":null,"total":2}'


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode() or None
        uri = f"http://{self.headers['Host']}{self.path}"
        parts = urlsplit(self.path)
        headers = dict(self.headers)
        kind = "application/json"
        if parts.path in ENDPOINTS:
            endpoint = ENDPOINTS[parts.path]
            make = getattr(endpoint, "create_request_token_response", None) or endpoint.create_access_token_response
            told, content, status = make(uri, self.command, body, headers, {"expires_in": "31536000"})
            kind, content = told.get("Content-Type", kind), (content or "").encode()
        else:
            fits, _ = RESOURCES.validate_protected_resource_request(uri, self.command, body, headers, [])
            second = dict(parse_qsl(parts.query)).get("cursor") == "2 & more=%23"
            status, content = (200, LAST if second else PAGE) if fits else (401, b'{"error":"signature_invalid"}')
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
