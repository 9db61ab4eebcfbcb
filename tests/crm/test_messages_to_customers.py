"""Messages to customers leave through the gateway of the settings ..."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from crm.messaging.sms import HttpGateway, SmsNotSent, get_sms_gateway
from customers.rules.one_time_codes import draw_code, fill_template


@pytest.fixture
def provider():
    received, status = [], [200]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            received.append((self.path, self.headers["X-Key"], body))
            self.send_response(status[0])
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", received, status
    server.shutdown()
    server.server_close()


@pytest.fixture
def gateway(settings, provider):
    url, received, status = provider
    settings.SMS_HTTP_URL = url + "/send?to=$to"
    settings.SMS_HTTP_HEADERS = {"X-Key": "k"}
    settings.SMS_HTTP_BODY = '{"to": "$to", "text": "$text"}'
    return received, status


def test_the_http_gateway_escapes_what_it_is_given(gateway):
    received, _ = gateway
    text = 'a "quote", a \\ and a $to & <tag>\nnext line'

    HttpGateway().send(to="+49 151&x=1", text=text)

    [(path, key, body)] = received
    assert path == "/send?to=%2B49%20151%26x%3D1"
    assert key == "k"
    assert json.loads(body) == {"to": "+49 151&x=1", "text": text}


@pytest.mark.parametrize(
    ("content_type", "body", "sent"),
    [
        ("application/xml", "<t>$text</t>", "<t>&lt;b&gt; &amp; &quot;</t>"),
        ("application/x-www-form-urlencoded", "text=$text", "text=%3Cb%3E%20%26%20%22"),
    ],
)
def test_a_body_of_another_kind_is_escaped_its_own_way(settings, gateway, content_type, body, sent):
    received, _ = gateway
    settings.SMS_HTTP_HEADERS = {"Content-Type": content_type, "X-Key": "k"}
    settings.SMS_HTTP_BODY = body

    HttpGateway().send(to="1", text='<b> & "')

    assert received[0][2] == sent


def test_a_provider_that_refuses_or_is_away_raises(settings, gateway):
    _, status = gateway
    status[0] = 500
    with pytest.raises(SmsNotSent):
        HttpGateway().send(to="1", text="secret")
    settings.SMS_HTTP_URL = "http://127.0.0.1:1/"
    with pytest.raises(SmsNotSent) as failure:
        HttpGateway().send(to="1", text="secret")
    assert "secret" not in str(failure.value)


def test_nothing_is_sent_without_a_gateway():
    with pytest.raises(SmsNotSent):
        get_sms_gateway().send(to="1", text="x")


def test_a_template_is_filled_and_nothing_else_of_it_is_interpreted():
    assert fill_template("{{CODE}} for {0} {{user}}", "123456") == "123456 for {0} {{user}}"
    assert fill_template("Hello", "123456") == "Hello 123456"
    assert "123456" in fill_template("", "123456")


def test_codes_have_six_digits():
    codes = {draw_code() for _ in range(200)}
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert len(codes) > 190
