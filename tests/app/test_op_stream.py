"""`carrybit op` as a part of pipelines: a million lines, a partner that waits for each answer, a reader that leaves."""

import os
import signal
import subprocess
import threading
import unittest

from carrybit_op import PROGRAM, run

COMMAND = [PROGRAM, "op", "--format", "fp16"]


class Stream(unittest.TestCase):
    def test_a_million_lines(self):
        """Sums of small integers, which need no oracle: 2048 + ... stays exact in half precision."""
        codes = run(["op", "--format", "fp16"], "".join(f"encode {i}\n" for i in range(2048))).stdout.split()
        pairs = [(i * 7919 % 1024, i * 104729 % 1024) for i in range(1_000_000)]
        given = run(["op", "--format", "fp16"], "".join(f"add {codes[a]} {codes[b]}\n" for a, b in pairs))
        self.assertEqual(given.returncode, 0)
        self.assertEqual(given.stdout, "".join(codes[a + b] + "\n" for a, b in pairs))

    def test_lines_across_every_buffer_boundary(self):
        """Lines of all lengths, fed in pieces that never end where a line does."""
        text = "".join(f"encode {'0' * (i % 997)}{i % 2048}\n" for i in range(2000))
        whole = run(["op", "--format", "fp16"], text)
        with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            def feed():
                for at in range(0, len(text), 4093):
                    process.stdin.write(text[at:at + 4093].encode())
                    process.stdin.flush()
                process.stdin.close()
            feeder = threading.Thread(target=feed)
            feeder.start()
            given = process.stdout.read().decode()
            feeder.join()
        self.assertEqual(given, whole.stdout)
        self.assertEqual(whole.stdout.count("\n"), 2000)

    def test_a_partner_gets_each_answer_at_once(self):
        with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            for question, answer in ((b"add 3c00 4000\n", b"4200\n"), (b"value 4200\n", b"3\n")):
                process.stdin.write(question)
                process.stdin.flush()
                self.assertEqual(process.stdout.readline(), answer)
            process.stdin.write(b"bad\n")
            process.stdin.flush()
            self.assertEqual(process.wait(), 2)
            process.stdin.close()

    def test_answers_before_a_bad_line_are_kept(self):
        done = run(["op", "--format", "fp16"], "add 3c00 4000\n" * 50_000 + "oops\n" + "add 3c00 4000\n" * 50_000)
        self.assertEqual((done.returncode, done.stdout), (2, "4200\n" * 50_000))
        self.assertIn("line 50001: ", done.stderr)

    def test_a_reader_that_leaves(self):
        """As with any filter the signal ends it; nothing is said."""
        with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdout.close()
            try:
                process.stdin.write(b"add 3c00 4000\n" * 200_000)
                process.stdin.close()
            except BrokenPipeError:
                pass
            self.assertEqual(process.stderr.read(), b"")
            self.assertEqual(process.wait(), -signal.SIGPIPE)

    def test_a_reader_that_leaves_where_the_signal_is_ignored(self):
        ignore = "trap '' PIPE; exec \"$@\""
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(["sh", "-c", ignore, "sh", *COMMAND], input=b"add 3c00 4000\n", stdout=write,
                              stderr=subprocess.PIPE, check=False)
        os.close(write)
        self.assertEqual((done.returncode, done.stderr), (128 + signal.SIGPIPE, b""))

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full here")
    def test_a_full_disk(self):
        for command in (COMMAND, [PROGRAM, "formats"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run(command, input=b"add 3c00 4000\n", stdout=full, stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr, rb"^carrybit \w+: cannot write the output: No space left on device\n$")

    def test_input_that_is_a_folder(self):
        folder = os.open("/", os.O_RDONLY)
        done = subprocess.run(COMMAND, stdin=folder, capture_output=True, check=False)
        os.close(folder)
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        self.assertEqual(done.stderr, b"carrybit op: cannot read standard input: Is a directory\n")


if __name__ == "__main__":
    unittest.main()
