# SPDX-License-Identifier: Apache-2.0
"""Thousands of addresses that are one service of the kernel, by a mark of nf_tables."""

from lab import claims
from lab.farm import Farm


def test_thousands_of_addresses_are_one_service(lab):
    claims.thousands_of_addresses_are_one_service(Farm(lab))
