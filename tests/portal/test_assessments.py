from tests.portal.walk import Walk


def test_a_resident_walks_from_the_first_question_to_the_result(client):
    walk = Walk(client)
    assert walk.add("head", "M", 1960).status_code == 303
    pages = walk.unsure_to_the_end("/assessment/questions/1")
    print(pages)
    page = client.get("/assessment/review")
    assert page.status_code == 200
    result = client.get("/assessment/result")
    assert result.status_code == 200
    print(len(result.data), result.headers)
