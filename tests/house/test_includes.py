"""The tree keeps the house's one-way doors, and the checker sees each kind of fault when one is planted."""

import os
import pathlib
import tempfile
import unittest

import includes

ROOT = pathlib.Path(os.environ["SOURCE_DIR"])


class Includes(unittest.TestCase):
    def test_the_tree_is_clean(self):
        self.assertEqual(list(includes.faults(ROOT)), [])

    def test_planted_faults_are_seen(self):
        planted = {
            "precision/a.hpp": '#include "sim/model.hpp"\n',
            "sim/deep/b.cpp": '#include <vector>\n  #  include "arith_tasks/task.hpp"\n',
            "proofs_check/c.cpp": '#include "app/main.hpp"\n',
            "experiments/d.cpp": '#include "quantization/q.hpp"\n',
            "precision/e.cu": '#include "../sim/model.hpp"\n',
            "precision/f.hpp": '#include "format.hpp"\n',
            "sim/g.hpp": "#include <carrybit/precision/format.hpp>\n",
            "sim/h.hpp": "#include <experiments/store.hpp>\n",
            "tests/sim/no_such_neighbour.cpp": '#include "neighbour.hpp"\n',
            "tests/precision/i.cpp": '#include "sim/model.hpp"\n',
        }
        for name, text in planted.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                file = pathlib.Path(folder, name)
                file.parent.mkdir(parents=True)
                file.write_text(text, encoding="utf-8")
                found = list(includes.faults(pathlib.Path(folder)))
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(name), found)

    def test_allowed_includes_are_allowed(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "proofs_check/a.cpp")
            file.parent.mkdir(parents=True)
            file.write_text(
                '#include <vector>\n#include "proofs_check/a.hpp"\n#include "precision/format.hpp"\n'
                '#include "sim/model.hpp"\n#include "arith_tasks/task.hpp"\n// #include "app/main.hpp"\n',
                encoding="utf-8",
            )
            self.assertEqual(list(includes.faults(pathlib.Path(folder))), [])


if __name__ == "__main__":
    unittest.main()
