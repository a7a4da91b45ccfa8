"""Households as they answer: address of the page below /assessment/questions/ → what is chosen there.

What a story leaves out is answered with 说不清楚.
"""

from __future__ import annotations

from tests.browser.visitor import Given

Story = dict[str, Given]

# Father, mother with a disability certificate and a daughter at school, in a village on 2,400 yuan a month.
FAMILY: Story = {
    "1": {"registration": "local"},
    "1/home": {"area": "rural", "alone": "family"},
    "2/members/new": {"relation": "head", "sex": "M", "birth_year": "1970"},
    "2/members/new#2": {"relation": "spouse", "sex": "F", "birth_year": "1972"},
    "2/members/new#3": {"relation": "child", "sex": "F", "birth_year": "2010"},
    "2/situation": {"situation": "none"},
    "3": {"status": "none"},
    "4": {"income_exact": "2400"},
    "4/counted": {"counted": "none"},
    "4/earners": {"has_income": "1"},
    "4/members/1": {"own_income_exact": "2400"},
    "5": {"liquid_exact": "2万"},
    "5/cars": {"cars": "0"},
    "5/business": {"non_residential": "no", "capital": "0-0"},
    "6": {"rigid_exact": "8000"},
    "6/medical": {"medical_exact": "5000"},
    "7": {"health": "none"},
    "8": {"disability": "certificate"},
    "8/certified": {"certified": "2"},
    "8/members/2": {"dis_type": "limb", "dis_grade": "2"},
    "9": {"at_school": "3"},
    "9/members/3": {"stage": "senior", "boarding": "yes"},
    "10": {"employed": "none"},
    "10/members/1": {"work": "flexible"},
    "10/members/2": {"work": "unable"},
    "10/union": {"union_member": "none"},
    "10/residents-pension": {"residents_pension": ["1"]},
    "11": {"housing": "own"},
    "11/homes": {"homes": "1", "floor_area": "90"},
    "11/safety": {"house_grade": "none", "disaster_loss": "none"},
    "11/meters": {"meters": "yes"},
    "12": {"events": "none"},
    "12/special": {"special": "none"},
}

# An old woman alone who answers 说不清楚 to everything that lets her.
ELDER: Story = {"2/members/new": {"relation": "head", "sex": "F", "birth_year": "1944"}}

# Two people who draw the allowance already and would rather not name anybody at home.
RECIPIENTS: Story = {
    "1": {"registration": "local"},
    "1/home": {"area": "rural", "alone": "family"},
    "2/size": {"size": "2"},
    "3": {"status": "dibao"},
    "11": {"housing": "own"},
}
