"""The claims of the sources, each with its rule and judge, and the page that says what our runs make of them."""
