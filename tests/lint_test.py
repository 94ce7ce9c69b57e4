# SPDX-License-Identifier: Apache-2.0
"""Feeds lint.py what it must find, and what it must let pass."""

import pathlib
import tempfile
import unittest

import lint

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
HEADER = SPDX + "#pragma once\n"


def lint_tree(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        return [f"{path}:{line}: {message}"
                for path, line, message in lint.findings(lint.load_tree(root))]


class LintTest(unittest.TestCase):
    def assert_finds(self, files, *expected):
        found = lint_tree(files)
        self.assertEqual(len(found), len(expected), found)
        for text in expected:
            self.assertTrue(any(finding.startswith(text) for finding in found), (text, found))

    def test_good_tree_is_let_pass(self):
        self.assert_finds({
            "common/core/ip.h": HEADER + "#include <cstdint>\n",
            "common/core/ip.cpp": SPDX + '#include "common/core/ip.h"\n#include <arpa/inet.h>\n',
            "config/load.cpp": SPDX + '#include <yaml.h>\n#include "common/core/ip.h"\n',
            "vrrp-worker/main.cpp": SPDX + '#include <sys/socket.h>\n#include "common/core/ip.h"\n'
                                           '#include "vrrp-worker/core/router.h"\n',
            "vrrp-worker/core/router.h": HEADER + '#include "config/config.h"\n'
                                                  "// throw, sleep(1) and } in words are fine\n",
            "tests/unit/router_test.cpp": SPDX + "#include <gtest/gtest.h>\n",
        })

    def test_a_worker_includes_another(self):
        self.assert_finds({"check-worker/main.cpp": SPDX + '#include "vrrp-worker/netlink.h"\n'},
                          'check-worker/main.cpp:2: "vrrp-worker/netlink.h" does not belong')

    def test_a_core_reaches_its_shell(self):
        self.assert_finds({"supervisor/core/policy.h": HEADER + '#include "common/channel.h"\n'},
                          'supervisor/core/policy.h:3: "common/channel.h" does not belong')

    def test_a_core_includes_the_system(self):
        self.assert_finds({"supervisor/core/policy.h": HEADER + "#include <sys/socket.h>\n"},
                          "supervisor/core/policy.h:3: <sys/socket.h> in a core")

    def test_common_core_includes_config(self):
        self.assert_finds({"common/core/time.h": HEADER + '#include "config/config.h"\n'},
                          'common/core/time.h:3: "config/config.h" does not belong')

    def test_a_library_in_a_header(self):
        self.assert_finds({"common/log.h": HEADER + "#include <spdlog/spdlog.h>\n"},
                          "common/log.h:3: <spdlog/spdlog.h> in a header")

    def test_a_library_in_two_files(self):
        include = "#include <nlohmann/json.hpp>\n"
        self.assert_finds({"supervisor/a.cpp": SPDX + include, "supervisor/b.cpp": SPDX + include},
                          "supervisor/b.cpp:2: <nlohmann/json.hpp>: nlohmann already belongs to "
                          "supervisor/a.cpp")

    def test_expected_belongs_to_result_only(self):
        include = "#include <tl/expected.hpp>\n"
        self.assert_finds({"common/core/result.h": HEADER + include,
                           "common/other.h": HEADER + include},
                          "common/other.h:3: <tl/expected.hpp> in a header")

    def test_long_file(self):
        self.assert_finds({"common/a.cpp": SPDX + "int x;\n" * 500},
                          "common/a.cpp:500: 501 lines")
        self.assert_finds({"docs/a.svg": "<svg/>\n" * 501})

    def test_long_functions(self):
        body = "  if (x) {\n    y();\n  }\n" * 22
        fine = "int f(int x) {\n" + body + "}\n"
        long = "class C {\n  void g(int x) const {\n" + body + "    z();\n" * 3 + "  }\n};\n"
        self.assert_finds({"common/a.cpp": SPDX + fine + long}, "common/a.cpp:71: g has 71 lines")

    def test_long_test_and_long_python_function(self):
        self.assert_finds(
            {"tests/unit/a_test.cpp": SPDX + "TEST(A, B) {\n" + "  x();\n" * 70 + "}\n",
             "tests/a.py": "# SPDX-License-Identifier: Apache-2.0\ndef f():\n" + "    x()\n" * 70},
            "tests/unit/a_test.cpp:2: TEST has 72 lines", "tests/a.py:2: f has 71 lines")

    def test_a_brace_in_a_literal_opens_nothing(self):
        text = 'const char* a = "{";\nconst char b = \'{\';\nauto c = R"({)";\nint d = 1\'000;\n'
        function = "void f() {\n" + "  x();\n" * 60 + "}\n"
        self.assert_finds({"common/a.cpp": SPDX + text + function + function})

    def test_openings(self):
        self.assert_finds({"common/a.cpp": "int x;\n", "common/b.h": SPDX + "int x;\n"},
                          "common/a.cpp:1: no line SPDX", "common/b.h:1: a header without #pragma")

    def test_own_header_first(self):
        self.assert_finds({"common/a.h": HEADER,
                           "common/a.cpp": SPDX + '#include <string>\n#include "common/a.h"\n'},
                          'common/a.cpp:2: "common/a.h" must come first')

    def test_bans(self):
        word = "TO" + "DO"
        self.assert_finds({"common/a.cpp": SPDX + f"// {word}: later\nvoid f() {{ throw 1; }}\n",
                           "tests/unit/a_test.cpp": SPDX + "void g() { ::usleep(5); }\n"},
                          f"common/a.cpp:2: {word}", "common/a.cpp:3: throw",
                          "tests/unit/a_test.cpp:2: a sleep")

    def test_documents_name_what_is_there(self):
        self.assert_finds({"dev": "verb_demo() { :; }\nverb_test() { :; }\n",
                           "README.md": "`sudo ./dev demo` and ./dev dance, [a](docs/no.md#x)\n"
                                        "[b](docs/yes.md) [c](https://example.org/) [d](#here)\n",
                           "docs/yes.md": "[up](../README.md)\n"},
                          "README.md:1: ./dev has no verb dance",
                          "README.md:1: the link to docs/no.md#x leads nowhere",
                          "README.md:1: does not name sudo ./dev test")


if __name__ == "__main__":
    unittest.main()
