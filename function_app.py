"""The function app: operations, and the flows of every suite in SUITES."""

import azure.functions as func

from functions.operations import blueprints
from functions.runtime import suite_blueprints
from functions.suites import suites_on

app = func.FunctionApp()

for blueprint in (*blueprints, *suite_blueprints(suites_on())):
    app.register_functions(blueprint)
