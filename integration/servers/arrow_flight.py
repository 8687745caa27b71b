"""A Flight server of Apache Arrow C++ (pyarrow.flight), with what its options make it do.

Usage: arrow_flight.py OPTIONS, a JSON object:

  auth       "payload": a Handshake with BasicAuth in its payload; "header": Basic in the header, a bearer back
  tls        {"cert", "key", "client_ca"}: PEM; with client_ca callers show a certificate
  locations  of the only endpoint
  expires    seconds from now; the endpoint can be renewed once it is over
  compress   "lz4" or "zstd"
  cookie     a Set-Cookie for the first call
  fail       text and details of the error that DoGet ends with

The first line of stdout is the port. Each call is a line after it: its name and what it said of the caller.
"""

import base64
import datetime
import json
import sys

import pyarrow as pa
import pyarrow.flight as flight

OPTIONS = json.loads(sys.argv[1])
USER, PASSWORD, TOKEN = "arrow", "flight", "token-of-arrow"


def say(*words):
    print(*words, flush=True)


class PayloadAuth(flight.ServerAuthHandler):
    def authenticate(self, outgoing, incoming):
        auth = flight.BasicAuth.deserialize(incoming.read())
        if (auth.username, auth.password) != (USER.encode(), PASSWORD.encode()):
            raise flight.FlightUnauthenticatedError("who are you?")
        outgoing.write(TOKEN.encode())

    def is_valid(self, token):
        if token != TOKEN.encode():
            raise flight.FlightUnauthenticatedError(f"not a token: {token}")
        return USER.encode()


class AnyoneAuth(flight.ServerAuthHandler):
    """Leaves it to the middleware: without a handler the server has no Handshake."""

    def authenticate(self, outgoing, incoming):
        pass

    def is_valid(self, token):
        return b""


class Caller(flight.ServerMiddleware):
    def __init__(self, headers):
        self.headers = headers

    def sending_headers(self):
        return self.headers


class Callers(flight.ServerMiddlewareFactory):
    first = True

    def start_call(self, info, headers):
        authorization = headers.get("authorization", ["-"])[0]
        cookie = headers.get("cookie", ["-"])[0]
        say(info.method.name, authorization, cookie)
        answer = {}
        if OPTIONS.get("auth") == "header":
            basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            if authorization not in (f"Basic {basic}", f"Bearer {TOKEN}"):
                raise flight.FlightUnauthenticatedError("who are you?")
            answer["authorization"] = f"Bearer {TOKEN}"
        if Callers.first and "cookie" in OPTIONS:
            answer["set-cookie"] = OPTIONS["cookie"]
        Callers.first = False
        return Caller(answer)


def table():
    """Two batches, the second with another dictionary."""
    first = pa.record_batch({"n": pa.array([1, 2], pa.int64()), "d": pa.array(["a", "b"]).dictionary_encode()})
    second = pa.record_batch({"n": pa.array([3], pa.int64()), "d": pa.array(["c"]).dictionary_encode()})
    return pa.Table.from_batches([first, second])


class Server(flight.FlightServerBase):
    def endpoint(self, ticket, seconds):
        expiration = None
        if seconds is not None:
            time = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
            expiration = pa.scalar(time, pa.timestamp("us", "UTC"))
        return flight.FlightEndpoint(ticket, OPTIONS.get("locations", []), expiration, b"foobar")

    def get_flight_info(self, context, descriptor):
        endpoint = self.endpoint(b"t", OPTIONS.get("expires"))
        return flight.FlightInfo(table().schema, descriptor, [endpoint], 3, -1)

    def do_action(self, context, action):
        if action.type != "RenewFlightEndpoint":
            raise NotImplementedError(action.type)
        yield flight.Result(self.endpoint(b"renewed", 3600).serialize())

    def do_get(self, context, ticket):
        say("TICKET", ticket.ticket.decode())
        if "fail" in OPTIONS:
            text, details = OPTIONS["fail"]
            raise flight.FlightUnavailableError(text, details.encode())
        compression = OPTIONS.get("compress")
        options = pa.ipc.IpcWriteOptions(compression=compression)
        return flight.RecordBatchStream(table(), options=options)


def main():
    tls = OPTIONS.get("tls")
    arguments = {"middleware": {"callers": Callers()}}
    if OPTIONS.get("auth") == "payload":
        arguments["auth_handler"] = PayloadAuth()
    if OPTIONS.get("auth") == "header":
        arguments["auth_handler"] = AnyoneAuth()
    if tls is not None:
        arguments["tls_certificates"] = [(tls["cert"], tls["key"])]
        if "client_ca" in tls:
            arguments["verify_client"] = True
            arguments["root_certificates"] = tls["client_ca"]
    location = "grpc+tls://localhost:0" if tls is not None else "grpc://127.0.0.1:0"
    server = Server(location, **arguments)
    say(server.port)
    server.serve()


main()
