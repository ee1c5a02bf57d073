"""Raw requests in HTTP/2, frame by frame, for the scripts beside this folder."""
import socket
def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload
def field(name, value):
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value
GET, POST, HOST = b"\x82\x86\x84", b"\x83\x86\x84", field(b":authority", b"a.test")  # the method, :scheme http, :path /
HEADERS, END_STREAM, END_HEADERS = 1, 1, 4
def each(arguments):
    """The names and ports of NAME=PORT arguments."""
    return [(name, int(port)) for name, port in (argument.split("=") for argument in arguments)]
def ask(port, frames, settings=b""):
    """What becomes of stream 1: "answered", "GOAWAY n", "RST_STREAM n" or "closed"."""
    with socket.create_connection(("127.0.0.1", port), 20) as s:
        s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, settings) + frames)
        buffer = b""
        try:
            while True:
                while len(buffer) < 9 or len(buffer) < 9 + int.from_bytes(buffer[:3], "big"):
                    more = s.recv(65536)
                    if not more: return "closed"
                    buffer += more
                size = int.from_bytes(buffer[:3], "big")
                kind, flags, stream, payload = buffer[3], buffer[4], int.from_bytes(buffer[5:9], "big"), buffer[9:9 + size]
                buffer = buffer[9 + size:]
                if kind == 4 and not flags: s.sendall(frame(4, 1, 0))
                if kind in (0, 1) and stream == 1 and flags & END_STREAM: return "answered"
                if kind == 3: return "RST_STREAM %d" % int.from_bytes(payload, "big")
                if kind == 7 and (payload[4:8] != b"\0\0\0\0"): return "GOAWAY %d" % int.from_bytes(payload[4:8], "big")
        except ConnectionError: return "closed"
