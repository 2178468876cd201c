"""How skforecast chooses the number of lags: by its grid search, and by selecting features.

Its settings are those of its user guides, where they name any: one step ahead, no tuning else.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any

import numpy as np

from studies.needs.orders import LONGEST, is_symbols
from studies.needs.processes import Series

TRAINED = 0.7
"""Share of the values that a model is trained on; the others say which lags are best."""


def _frame(series: Series) -> Any:
    import pandas as pd

    if series.ndim == 1:
        return pd.Series(np.asarray(series, float), name="y")
    return pd.DataFrame(
        np.asarray(series, float), columns=[f"c{i}" for i in range(series.shape[1])]
    )


def _searched(series: Series, estimator: Any) -> int | None:
    """The number of lags, of 1 to 64, with the lowest squared error one step ahead."""
    from skforecast.direct import ForecasterDirectMultiVariate
    from skforecast.model_selection import (
        OneStepAheadFold,
        grid_search_forecaster,
        grid_search_forecaster_multiseries,
    )
    from skforecast.recursive import ForecasterRecursive

    if is_symbols(series):
        return None
    data = _frame(series)
    asked = {
        "cv": OneStepAheadFold(initial_train_size=int(TRAINED * len(data)), verbose=False),
        "param_grid": {},
        "lags_grid": list(range(1, LONGEST + 1)),
        "metric": "mean_squared_error",
        "return_best": False,
        "n_jobs": 1,
        "verbose": False,
        "show_progress": False,
    }
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        if series.ndim == 1:
            one = ForecasterRecursive(estimator=estimator, lags=1)
            table = grid_search_forecaster(one, data, **asked)
        else:
            several = ForecasterDirectMultiVariate(
                estimator=estimator, level="c0", steps=1, lags=1, n_jobs=1
            )
            table = grid_search_forecaster_multiseries(several, data, **asked)
    return len(table.iloc[0]["lags"])


def searched_ridge(series: Series) -> int | None:
    """skforecast's grid search with ridge regression."""
    from sklearn.linear_model import Ridge

    return _searched(series, Ridge())


def searched_boosting(series: Series) -> int | None:
    """skforecast's grid search with LightGBM."""
    from lightgbm import LGBMRegressor

    return _searched(series, LGBMRegressor(random_state=123, verbose=-1, n_jobs=1))


def selected_ridge(series: Series) -> int | None:
    """The largest of 64 lags that skforecast's select_features keeps: RFECV of ridge regression."""
    from skforecast.feature_selection import select_features
    from skforecast.recursive import ForecasterRecursive
    from sklearn.feature_selection import RFECV
    from sklearn.linear_model import Ridge

    if is_symbols(series) or series.ndim > 1:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lags = select_features(
            ForecasterRecursive(estimator=Ridge(), lags=LONGEST),
            selector=RFECV(estimator=Ridge(), step=1, cv=3),
            y=_frame(series),
            verbose=False,
        )[0]
    return max(int(lag) for lag in lags)
