"""PyPI's python-engineio, both its clients, against the echo server that ENGINEIO_URL names.

They take no more than 16 packets at once, so the server was started with `--max-packets 16`.
"""

import asyncio
import os
import queue
import unittest
from urllib.parse import urlsplit

import engineio

PATIENCE = 20
URL = urlsplit(os.environ["ENGINEIO_URL"])
ORIGIN = f"{URL.scheme}://{URL.netloc}"
PATH = URL.path.strip("/")
MODES = {"polling": ["polling"], "websocket": ["websocket"], "upgrading": ["polling", "websocket"]}
MATRIX = [
    "plain", "€uro, ü, 中文", "🦀 and 👩‍👩‍👧‍👦", "2probe", "4", "b64", "line\r\nline\0", '["a list"]x',
    b"\x00", b"\x01\x02\xff", bytes(1024), bytes(range(256)) * 256, bytes(256 * 1024),
]  # fmt: skip
NUMBERED = [f"message {number} 🦀" if number % 3 else f"bytes {number}".encode() for number in range(200)]


def ends_on(mode):
    return "polling" if mode == "polling" else "websocket"


class Sync(unittest.TestCase):
    """The client with threads."""

    def connect(self, mode):
        client, received, ended = engineio.Client(), queue.Queue(), queue.Queue()
        client.on("message", received.put)
        client.on("disconnect", ended.put)
        client.connect(ORIGIN, transports=MODES[mode], engineio_path=PATH)
        self.addCleanup(client.disconnect)
        self.assertEqual(client.transport(), ends_on(mode))
        return client, received, ended

    def test_messages_come_back(self):
        for mode in MODES:
            with self.subTest(mode):
                client, received, _ = self.connect(mode)
                for message in MATRIX:
                    client.send(message)
                    self.assertEqual(received.get(timeout=PATIENCE), message)

    def test_messages_stay_in_order(self):
        for mode in MODES:
            with self.subTest(mode):
                client, received, _ = self.connect(mode)
                for message in NUMBERED:
                    client.send(message)
                self.assertEqual([received.get(timeout=PATIENCE) for _ in NUMBERED], NUMBERED)

    def test_heartbeats_keep_a_session(self):
        sessions = [self.connect(mode) for mode in MODES]
        client, _, ended = sessions[0]
        # A session whose pings or pongs do not arrive is over by then.
        with self.assertRaises(queue.Empty):
            ended.get(timeout=(client.ping_interval + client.ping_timeout) * 1.5)
        for client, received, ended in sessions:
            client.send("still here")
            self.assertEqual(received.get(timeout=PATIENCE), "still here")
            self.assertTrue(ended.empty())

    def test_the_client_leaves(self):
        for mode in MODES:
            with self.subTest(mode):
                client, _, ended = self.connect(mode)
                client.disconnect()
                self.assertEqual(ended.get(timeout=PATIENCE), client.reason.CLIENT_DISCONNECT)


class Async(unittest.IsolatedAsyncioTestCase):
    """The client with coroutines."""

    async def connect(self, mode, on_connect=None):
        client, received, ended = engineio.AsyncClient(), asyncio.Queue(), asyncio.Queue()
        client.on("message", received.put)
        client.on("disconnect", ended.put)

        async def connected():
            if on_connect:
                await on_connect(client)

        client.on("connect", connected)
        await client.connect(ORIGIN, transports=MODES[mode], engineio_path=PATH)
        self.addAsyncCleanup(client.disconnect)
        self.assertEqual(client.transport(), ends_on(mode))
        return client, received, ended

    async def all_of(self, received, count):
        return [await asyncio.wait_for(received.get(), PATIENCE) for _ in range(count)]

    async def test_messages_come_back(self):
        for mode in MODES:
            with self.subTest(mode):
                client, received, _ = await self.connect(mode)
                for message in MATRIX:
                    await client.send(message)
                    self.assertEqual(await self.all_of(received, 1), [message])

    async def test_messages_stay_in_order(self):
        for mode in MODES:
            with self.subTest(mode):
                client, received, _ = await self.connect(mode)
                for message in NUMBERED:
                    await client.send(message)
                self.assertEqual(await self.all_of(received, len(NUMBERED)), NUMBERED)

    async def test_what_is_sent_before_the_upgrade_comes_after_it(self):
        """This client upgrades before it does anything else; what its handler has queued by then follows."""

        async def send(client):
            for message in NUMBERED:
                await client.send(message)

        client, received, _ = await self.connect("upgrading", on_connect=send)
        self.assertEqual(await self.all_of(received, len(NUMBERED)), NUMBERED)

    async def test_the_client_leaves(self):
        for mode in MODES:
            with self.subTest(mode):
                client, _, ended = await self.connect(mode)
                await client.disconnect()
                self.assertEqual(await asyncio.wait_for(ended.get(), PATIENCE), client.reason.CLIENT_DISCONNECT)


if __name__ == "__main__":
    unittest.main(verbosity=2)
